/** Statements of every family, with something of everything in them. */
export const samples: readonly string[] = [
  "select s1 as a, count(`b c`.*, 'x') from root.x.**, root.*y* where time > now() - 1d2h and not (s2 * -1.5e3 >= .5 or s3 is not null)",
  "SELECT max_by(time, s1) FROM root.ln.** WHERE s1 BETWEEN 1 AND 2 && s2 NOT IN (1, 'a', null) || s3 LIKE '%x' GROUP BY ([2024-01-31T08:00:00+08:00, now()), 1mo, 1d), LEVEL = 1, 2 HAVING avg(s1) > 0 FILL(PREVIOUS, 1h) ORDER BY TIME DESC, s1 NULLS LAST SLIMIT 1 SOFFSET 2 LIMIT 3 OFFSET 4 ALIGN BY DEVICE",
  'select last * from root.x order by timeseries',
  "insert into root.x.d(time, s1, s2) aligned values (1, true, 'it''s'), (2024-01-31 08:00:00, NaN, null)",
  'delete from root.x.d.s1, root.x.* where time >= 1 and time < 5',
  'create database root.ln with TTL=3600000, DATA_REGION_GROUP_NUM=2; set ttl to root.ln.** inf; unset ttl from root.ln',
  "create timeseries root.x.d.s(a) with datatype=INT32, encoding=RLE, compressor=LZ4, 'k'='v' tags(u=c) attributes(d='e f')",
  'create aligned timeseries root.x.d(s1 INT32 encoding=PLAIN, s2(b) TIMESTAMP)',
  "-- what there is\nshow latest timeseries root.** where tags(unit) contains 'c' limit 5 offset 1; show child paths root /* ; */",
  'count timeseries root.** group by level=1; count nodes root.* level = 2; drop timeseries root.a, root.b; flush; clear cache',
];
