-- Counts words in windows of five seconds. The aggregation runs in five subtasks, everything else in the default number.
CREATE TABLE lines (
  line STRING, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts
) WITH ('connector' = 'filesystem', 'path' = 'testdata/example/lines.csv', 'format' = 'csv');

CREATE VIEW words AS
SELECT /*+ PARALLELISM('aggregate'='5') */ window_start, word, COUNT(*) AS n
FROM (SELECT window_start, window_end, word
      FROM TABLE(TUMBLE(TABLE lines, DESCRIPTOR(ts), INTERVAL '5' SECOND))
      CROSS JOIN UNNEST(SPLIT(line, ' ')) AS w(word))
GROUP BY window_start, window_end, word;
