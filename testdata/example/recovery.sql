-- The bids on every auction in ten seconds, of files that come one after the other. docs/recovery.md stops and kills it.
SET 'execution.checkpointing.interval' = '200 ms';
SET 'execution.checkpointing.dir' = 'demo/checkpoints';
SET 'pipeline.name' = 'bids';

CREATE TABLE bid (
  auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, dateTime TIMESTAMP(3), extra STRING,
  WATERMARK FOR dateTime AS dateTime - INTERVAL '4' SECOND
) WITH ('connector' = 'filesystem', 'path' = 'demo/bids', 'format' = 'csv', 'source.monitor-interval' = '200 ms');

CREATE TABLE busy (window_start TIMESTAMP(3), auction BIGINT, bids BIGINT)
WITH ('connector' = 'filesystem', 'path' = 'demo/busy', 'format' = 'csv');

INSERT INTO busy
SELECT window_start, auction, COUNT(*)
FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '10' SECOND))
GROUP BY window_start, window_end, auction;
