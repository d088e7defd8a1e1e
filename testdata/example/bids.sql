-- Bids of an auction house, in four files that are read side by side. Rows may be up to four seconds late.
CREATE TABLE bid (
  auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, dateTime TIMESTAMP(3), extra STRING,
  WATERMARK FOR dateTime AS dateTime - INTERVAL '4' SECOND
) WITH ('connector' = 'filesystem', 'path' = 'testdata/example/bids', 'format' = 'csv');

-- The hot auctions of every ten seconds: the windows by eight subtasks, everything else by the default number.
CREATE VIEW hot AS
SELECT /*+ PARALLELISM('aggregate'='8') */ window_start, auction, COUNT(*) AS bids, MAX(price) AS highest
FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '10' SECOND))
GROUP BY window_start, window_end, auction
HAVING COUNT(*) > 20;

EXPLAIN SELECT * FROM hot;
SELECT * FROM hot;
