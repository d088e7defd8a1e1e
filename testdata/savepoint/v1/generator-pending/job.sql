SET 'execution.checkpointing.interval' = '1 h';
SET 'execution.checkpointing.dir' = 'checkpoints';
SET 'execution.checkpointing.savepoint-dir' = 'savepoints';
SET 'pipeline.name' = 'fixture';
CREATE TABLE e (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '150');
CREATE TABLE o (id BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');
INSERT INTO o SELECT id FROM e;
