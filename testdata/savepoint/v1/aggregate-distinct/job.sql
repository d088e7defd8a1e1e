SET 'execution.checkpointing.interval' = '1 h';
SET 'execution.checkpointing.dir' = 'checkpoints';
SET 'execution.checkpointing.savepoint-dir' = 'savepoints';
SET 'pipeline.name' = 'fixture';
CREATE TABLE e (k STRING, id BIGINT, ts TIMESTAMP(3), v INT, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');
CREATE TABLE o (k STRING, d BIGINT, s BIGINT) WITH ('connector' = 'print');
INSERT INTO o SELECT k, COUNT(DISTINCT v), SUM(CAST(v AS BIGINT)) FILTER (WHERE v > 5) FROM e GROUP BY k;
