-- Writes 60,000 numbers in two seconds. The README kills it in between.
SET 'execution.checkpointing.interval' = '200 ms';
SET 'execution.checkpointing.dir' = 'checkpoints';
SET 'pipeline.name' = 'numbers';

CREATE TABLE generator (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '20000', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '60000');
CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'numbers', 'format' = 'csv');

INSERT INTO numbers SELECT n FROM generator;
