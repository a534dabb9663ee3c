/* SPDX-License-Identifier: MIT */
#include "detector.h"

/* Knows the order of the columns. */

const struct detector *const detectors[] = {&detector_engine, &rivals[0], &rivals[1], &rivals[2],
                                            &rivals[3],       &rivals[4], &rivals[5]};
const unsigned detector_count = sizeof(detectors) / sizeof(detectors[0]);
