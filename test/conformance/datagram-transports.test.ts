import { describeTransport } from './transport-kit.js';
import { DATAGRAM_SUBJECTS } from './transport-subjects.js';

for (const subject of DATAGRAM_SUBJECTS) describeTransport(subject);
