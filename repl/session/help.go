package session

const helpText = `Statements end with a semicolon.

SELECT, WITH, VALUES               run a query
INSERT INTO t SELECT …             write its rows into a table
CREATE TABLE, CREATE VIEW, DROP    change the catalog
SHOW TABLES, DESCRIBE t            look at it
SHOW CREATE TABLE t                print it as SQL
EXPLAIN [ANALYZE] SELECT …         the plan, with parallelism; ANALYZE runs it and counts
SHOW JOBS, STOP JOB 'id'           what runs in the background; an INSERT does after
                                   SET 'table.dml-sync' = 'false'
SET 'key' = 'value', SET, RESET    settings
QUIT, EXIT, HELP, CLEAR            of the prompt
`
