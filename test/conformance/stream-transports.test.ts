import { describeTransport } from './transport-kit.js';
import { STREAM_SUBJECTS } from './transport-subjects.js';

for (const subject of STREAM_SUBJECTS) describeTransport(subject);
