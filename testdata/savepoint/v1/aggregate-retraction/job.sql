SET 'execution.checkpointing.interval' = '1 h';
SET 'execution.checkpointing.dir' = 'checkpoints';
SET 'execution.checkpointing.savepoint-dir' = 'savepoints';
SET 'pipeline.name' = 'fixture';
CREATE TABLE e (k STRING, id BIGINT, ts TIMESTAMP(3), v INT, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');
CREATE TABLE o (n BIGINT, keys BIGINT, most INT) WITH ('connector' = 'print');
INSERT INTO o SELECT n, COUNT(*), MAX(m) FROM (SELECT k, COUNT(*) AS n, MAX(v) AS m FROM e GROUP BY k) GROUP BY n;
