-- The tables of the examples in docs/parallelism.md.
CREATE TABLE bid (
  auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, dateTime TIMESTAMP(3), extra STRING,
  WATERMARK FOR dateTime AS dateTime - INTERVAL '4' SECOND
) WITH ('connector' = 'filesystem', 'path' = 'testdata/example/bids', 'format' = 'csv');
CREATE TABLE totals (channel STRING, bids BIGINT, PRIMARY KEY (channel) NOT ENFORCED) WITH ('connector' = 'print');
CREATE TABLE journal (channel STRING, bids BIGINT) WITH ('connector' = 'print');
