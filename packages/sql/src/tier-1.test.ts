// Section 2.2 of the reference, row by row: what the clients, the benchmark and the dashboards send.

import { describe, expect, it } from 'vitest';
import { parseStatement } from './parse.ts';
import { printStatement } from './printer/print-statement.ts';

/** Each text, and what it says, as it is printed. */
const checklist: Readonly<Record<string, readonly (readonly [text: string, printed: string])[]>> = {
  'create a database': [
    ['CREATE DATABASE root.ln', 'CREATE DATABASE root.ln'],
    ['create storage group root.ln', 'CREATE DATABASE root.ln'],
    ['SET STORAGE GROUP TO root.ln.a', 'CREATE DATABASE root.ln.a'],
    [
      'create database root.ln with TTL=3600000, SCHEMA_REGION_GROUP_NUM=1 DATA_REGION_GROUP_NUM=2',
      'CREATE DATABASE root.ln WITH TTL = 3600000, SCHEMA_REGION_GROUP_NUM = 1, DATA_REGION_GROUP_NUM = 2',
    ],
  ],
  'drop databases': [
    ['delete storage group root.test.*', 'DROP DATABASE root.test.*'],
    ['DELETE DATABASE root.test.*', 'DROP DATABASE root.test.*'],
    ['drop database root.a, root.b.**;', 'DROP DATABASE root.a, root.b.**'],
    ['DROP STORAGE GROUP root.a', 'DROP DATABASE root.a'],
  ],
  'create a timeseries': [
    [
      "create timeseries root.x.d.s with datatype=INT32, encoding=RLE, compressor=SNAPPY, 'k'='v'",
      "CREATE TIMESERIES root.x.d.s DATATYPE = INT32 ENCODING = 'RLE' COMPRESSOR = 'SNAPPY' 'k' = 'v'",
    ],
    [
      'create timeseries root.x.d.s(temp) with datatype=FLOAT, encoding=rle compression=lz4 ' +
        "tags(unit=celsius, 'site'='a b') attributes(max=100)",
      "CREATE TIMESERIES root.x.d.s(temp) DATATYPE = FLOAT ENCODING = 'RLE' COMPRESSOR = 'LZ4' " +
        "TAGS('unit' = 'celsius', 'site' = 'a b') ATTRIBUTES('max' = '100')",
    ],
    ['create timeseries root.x.d.s boolean', 'CREATE TIMESERIES root.x.d.s DATATYPE = BOOLEAN'],
    ['create timeseries root.x.d.s timestamp', 'CREATE TIMESERIES root.x.d.s DATATYPE = TIMESTAMP'],
    ['create timeseries root.x.d.s DATATYPE=TEXT', 'CREATE TIMESERIES root.x.d.s DATATYPE = TEXT'],
  ],
  'create aligned timeseries': [
    [
      'create aligned timeseries root.x.d(s1 INT32 encoding=PLAIN, compressor=GZIP, s2(a) FLOAT tags(k=v), `s 3` TEXT)',
      "CREATE ALIGNED TIMESERIES root.x.d(s1 DATATYPE = INT32 ENCODING = 'PLAIN' COMPRESSOR = 'GZIP', " +
        "s2(a) DATATYPE = FLOAT TAGS('k' = 'v'), `s 3` DATATYPE = TEXT)",
    ],
  ],
  insert: [
    [
      "INSERT INTO root.x.d(time, s1, s2) VALUES (1, 1, 'a'), (2, -2.50, null)",
      "INSERT INTO root.x.d(time, s1, s2) VALUES (1, 1, 'a'), (2, -2.50, null)",
    ],
    [
      'insert into root.x.d(s1, timestamp) aligned values (true, 2024-01-31T08:00:00+08:00)',
      'INSERT INTO root.x.d(time, s1) ALIGNED VALUES (2024-01-31T08:00:00+08:00, true)',
    ],
    ['insert into root.x.d(s1) values(NaN)', 'INSERT INTO root.x.d(s1) VALUES (NaN)'],
    [
      'insert into root.x.d(time, s1) values (now(), 1), (now() - 1h30m, 2)',
      'INSERT INTO root.x.d(time, s1) VALUES (now(), 1), (now() - 1h30m, 2)',
    ],
  ],
  select: [
    ['select * from root.test.g_0.d_0', 'SELECT * FROM root.test.g_0.d_0'],
    [
      'select s1 as a, b.s2 from root.x, root.y.* where time = 5 order by time desc slimit 2 soffset 1 limit 10 offset 20',
      'SELECT s1 AS a, b.s2 FROM root.x, root.y.* WHERE time = 5 ORDER BY TIME DESC SLIMIT 2 SOFFSET 1 LIMIT 10 OFFSET 20',
    ],
    ['select s1 from root.x align by device', 'SELECT s1 FROM root.x ALIGN BY DEVICE'],
    ['select s1 from root.x limit 1 align by time', 'SELECT s1 FROM root.x LIMIT 1'],
    [
      'select count(s1) from root.** group by ([0, 10), 1ms) having count(s1) > 1 order by time fill(previous)',
      'SELECT count(s1) FROM root.** GROUP BY ([0, 10), 1ms) HAVING count(s1) > 1 FILL(PREVIOUS) ORDER BY TIME',
    ],
    [
      'select s1 from root.x order by device, s1 desc nulls last',
      'SELECT s1 FROM root.x ORDER BY DEVICE, s1 DESC NULLS LAST',
    ],
    ["select s1 as 'a b' from root.x", 'SELECT s1 AS `a b` FROM root.x'],
  ],
  where: [
    [
      'select s1 from root.x where timestamp >= 1 and time < 2024-01-31 08:00:00.5 && root.x.s1 > -5',
      'SELECT s1 FROM root.x WHERE time >= 1 AND time < 2024-01-31T08:00:00.500 AND root.x.s1 > -5',
    ],
    [
      'select s1 from root.x where a == 1 or b <> 2 | c != 3 || !d',
      'SELECT s1 FROM root.x WHERE a = 1 OR b != 2 OR c != 3 OR !d',
    ],
    [
      "select s1 from root.x where a between 1 and 2 and b not between c and d and e in (1, 'x', null) and f not in (2)",
      "SELECT s1 FROM root.x WHERE a BETWEEN 1 AND 2 AND b NOT BETWEEN c AND d AND e IN (1, 'x', null) AND f NOT IN (2)",
    ],
    [
      "select s1 from root.x where a like '%b' and c not regexp '^d$' and e is null and f is not null and not (g > 1)",
      "SELECT s1 FROM root.x WHERE a LIKE '%b' AND c NOT REGEXP '^d$' AND e IS NULL AND f IS NOT NULL AND !(g > 1)",
    ],
    ['select s1 from root.x where time > now() - 1d', 'SELECT s1 FROM root.x WHERE time > now() - 1d'],
    [
      'select s1 from root.x where time = 1 or time = 2 or time = 3',
      'SELECT s1 FROM root.x WHERE time = 1 OR time = 2 OR time = 3',
    ],
  ],
  aggregations: [
    ...[
      'count sum avg min_value max_value first_value last_value min_time max_time extreme stddev stddev_pop stddev_samp',
      'variance var_pop var_samp time_duration mode count_time',
    ]
      .flatMap((names) => names.split(' '))
      .map((name) => [`select ${name}(*) from root.**`, `SELECT ${name}(*) FROM root.**`] as const),
    [
      'select COUNT_IF(s1 > 0, 3), max_by(s1, s2), min_by(time, s1) from root.x',
      'SELECT COUNT_IF(s1 > 0, 3), max_by(s1, s2), min_by(time, s1) FROM root.x',
    ],
  ],
  'group by time': [
    [
      'select avg(s1) from root.x group by ([2017-11-01T00:00:00, 2017-11-07T23:00:00), 1d)',
      'SELECT avg(s1) FROM root.x GROUP BY ([2017-11-01T00:00:00, 2017-11-07T23:00:00), 1d)',
    ],
    [
      'select avg(s1) from root.x group by ((0, 100], 20ms, 5ms)',
      'SELECT avg(s1) FROM root.x GROUP BY ((0, 100], 20ms, 5ms)',
    ],
    [
      'select avg(s1) from root.x group by time([now() - 1d, now()), 1h)',
      'SELECT avg(s1) FROM root.x GROUP BY ([now() - 1d, now()), 1h)',
    ],
    ['select avg(s1) from root.x group by time(1mo)', 'SELECT avg(s1) FROM root.x GROUP BY (1mo)'],
    [
      'select count(status) from root.ln.** group by level = 1, 2, ([0, 9), 3ms)',
      'SELECT count(status) FROM root.ln.** GROUP BY ([0, 9), 3ms), LEVEL = 1, 2',
    ],
  ],
  last: [
    ['select last s1, s2 from root.x', 'SELECT LAST s1, s2 FROM root.x'],
    [
      'select last * from root.** where time > 5 order by timeseries desc',
      'SELECT LAST * FROM root.** WHERE time > 5 ORDER BY TIMESERIES DESC',
    ],
    ['select last from root.x', 'SELECT `last` FROM root.x'],
  ],
  fill: [
    ['select s1 from root.x fill(previous, 1h)', 'SELECT s1 FROM root.x FILL(PREVIOUS, 1h)'],
    ['select s1 from root.x fill(linear)', 'SELECT s1 FROM root.x FILL(LINEAR)'],
    ['select s1 from root.x fill(5) limit 2', 'SELECT s1 FROM root.x FILL(5) LIMIT 2'],
  ],
  'show schema': [
    ['show databases', 'SHOW DATABASES'],
    ['show storage group root.*', 'SHOW DATABASES root.*'],
    ['show databases details root.**', 'SHOW DATABASES DETAILS root.**'],
    ['show devices', 'SHOW DEVICES'],
    ['show devices root.x.** with database limit 5 offset 1', 'SHOW DEVICES root.x.** WITH DATABASE LIMIT 5 OFFSET 1'],
    ["show devices where device contains 'd'", "SHOW DEVICES WHERE DEVICE CONTAINS 'd'"],
    ['show timeseries', 'SHOW TIMESERIES'],
    ['SHOW LATEST TIMESERIES root.x.* offset 1 limit 10', 'SHOW LATEST TIMESERIES root.x.* LIMIT 10 OFFSET 1'],
    ["show timeseries where tags(unit) = 'c'", "SHOW TIMESERIES WHERE TAGS('unit') = 'c'"],
    [
      "show timeseries root.** where tags(unit) contains 'c'",
      "SHOW TIMESERIES root.** WHERE TAGS('unit') CONTAINS 'c'",
    ],
    ["show timeseries where timeseries contains 'temp'", "SHOW TIMESERIES WHERE TIMESERIES CONTAINS 'temp'"],
    ['show timeseries where dataType = FLOAT', "SHOW TIMESERIES WHERE 'dataType' = 'FLOAT'"],
    ['show child paths', 'SHOW CHILD PATHS'],
    ['show child paths root', 'SHOW CHILD PATHS root'],
    ['show child nodes root.ln', 'SHOW CHILD NODES root.ln'],
  ],
  count: [
    ['count timeseries root.** group by level=1', 'COUNT TIMESERIES root.** GROUP BY LEVEL = 1'],
    ['count timeseries', 'COUNT TIMESERIES'],
    ['count devices root.x.*', 'COUNT DEVICES root.x.*'],
    ['count nodes root.** level=2', 'COUNT NODES root.** LEVEL = 2'],
    ['count databases', 'COUNT DATABASES'],
    ['count storage group root.*', 'COUNT DATABASES root.*'],
  ],
  'delete data and series': [
    [
      'delete from root.x.d.s1, root.x.d.* where time >= 1 and time < 2024-01-01',
      'DELETE FROM root.x.d.s1, root.x.d.* WHERE time >= 1 AND time < 2024-01-01T00:00:00',
    ],
    ['delete from root.x.**', 'DELETE FROM root.x.**'],
    ['delete timeseries root.x.d.*, root.y', 'DROP TIMESERIES root.x.d.*, root.y'],
    ['drop timeseries root.x.d.s1', 'DROP TIMESERIES root.x.d.s1'],
  ],
  ttl: [
    ['set ttl to root.ln 3600000', 'SET TTL TO root.ln 3600000'],
    ['set ttl to root.ln.** inf', 'SET TTL TO root.ln.** INF'],
    ['unset ttl from root.ln', 'UNSET TTL FROM root.ln'],
    ['unset ttl to root.ln', 'UNSET TTL FROM root.ln'],
    ['show ttl on root.ln.**, root.x', 'SHOW TTL ON root.ln.**, root.x'],
    ['show all ttl', 'SHOW ALL TTL'],
  ],
  'show the cluster': [
    'SHOW VERSION',
    'SHOW CLUSTER',
    'SHOW CLUSTER DETAILS',
    'SHOW DATANODES',
    'SHOW CONFIGNODES',
    'SHOW AVAILABLE URLS',
    'SHOW REGIONS',
    'SHOW VARIABLES',
    'SHOW CLUSTERID',
    'SHOW QUERIES',
    'SHOW CURRENT_TIMESTAMP',
  ].map((text) => [text.toLowerCase(), text] as const),
  utilities: [
    ['flush', 'FLUSH'],
    ['FLUSH root.a, root.b', 'FLUSH root.a, root.b'],
    ['flush on cluster', 'FLUSH'],
    ['flush root.a true on local', 'FLUSH root.a TRUE ON LOCAL'],
    ['flush false', 'FLUSH FALSE'],
    ['clear cache', 'CLEAR CACHE'],
  ],
};

describe.each(Object.entries(checklist))('%s', (_row, statements) => {
  it.each(statements)('%s', (text, printed) => {
    expect(printStatement(parseStatement(text))).toBe(printed);
  });
});
