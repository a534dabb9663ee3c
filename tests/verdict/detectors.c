/* SPDX-License-Identifier: MIT */
#include "detector.h"

const struct detector *const detectors[] = {&detector_engine};
const unsigned detector_count = sizeof(detectors) / sizeof(detectors[0]);
