// The entry of a node process: node dist/main.js --config node.yaml

import { runNode } from './process/run-node.ts';

process.exitCode = await runNode(process.argv.slice(2));
