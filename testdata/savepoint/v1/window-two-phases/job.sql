SET 'execution.checkpointing.interval' = '1 h';
SET 'execution.checkpointing.dir' = 'checkpoints';
SET 'execution.checkpointing.savepoint-dir' = 'savepoints';
SET 'pipeline.name' = 'fixture';
CREATE TABLE e (k STRING, id BIGINT, ts TIMESTAMP(3), v INT, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');
CREATE TABLE o (k STRING, ws TIMESTAMP(3), c BIGINT, s BIGINT, a INT, m INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');
INSERT INTO o SELECT k, window_start, COUNT(*), SUM(CAST(v AS BIGINT)), AVG(v), MAX(v) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end;
