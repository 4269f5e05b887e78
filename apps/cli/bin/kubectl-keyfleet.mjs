#!/usr/bin/env node
// kubectl finds its plugins by the names of files in PATH: this one is `kubectl keyfleet`. `src/main.ts` goes by the name.
import './keyfleet.mjs';
