SET 'execution.checkpointing.interval' = '1 h';
SET 'execution.checkpointing.dir' = 'checkpoints';
SET 'execution.checkpointing.savepoint-dir' = 'savepoints';
SET 'pipeline.name' = 'fixture';
CREATE TABLE e (k STRING, id BIGINT, ts TIMESTAMP(3), v INT, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');
CREATE TABLE o (r ROW<k STRING, v INT>, n BIGINT, vs MULTISET<INT>, f ARRAY<BIGINT>, m MAP<STRING, BIGINT>) WITH ('connector' = 'print');
INSERT INTO o SELECT r, COUNT(DISTINCT ARRAY[v]), COLLECT(v % 2), FIRST_VALUE(ARRAY[id]), LAST_VALUE(MAP['id', id]) FROM (SELECT CAST(ROW(k, v % 3) AS ROW<k STRING, v INT>) AS r, v, id FROM e) GROUP BY r;
