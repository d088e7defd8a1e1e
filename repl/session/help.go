package session

const helpText = `Statements end with a semicolon.

SELECT, WITH, VALUES               run a query
INSERT INTO t SELECT …             write its rows into a table
BEGIN STATEMENT SET, END           the INSERTs between them run as one job
CREATE TABLE, CREATE VIEW, DROP    change the catalog
SHOW TABLES, DESCRIBE t            look at it
SHOW CREATE TABLE t                print it as SQL
EXPLAIN [ANALYZE] SELECT …         the plan, with parallelism; ANALYZE runs it and counts
SHOW JOBS, STOP JOB 'id'           what runs in the background; an INSERT does after
                                   SET 'table.dml-sync' = 'false'
SET 'key' = 'value', SET, RESET    settings
SOURCE 'file.sql'                  run the statements of a file
QUIT, EXIT, HELP, CLEAR            of the prompt
`
