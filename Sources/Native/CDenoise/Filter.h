// Noise removed from planes, line by line: two passes over rows of blocks, the second some lines behind the first.
#ifndef SLUICE_FILTER_H
#define SLUICE_FILTER_H
#include "CDenoise.h"
#include "Team.h"

enum { SLUICE_PLANES = 3, SLUICE_LEAST_SIDE = 8 };

typedef struct sluice_filter sluice_filter;

typedef struct {
    // A block at least, each way.
    int width, height, planes;
    sluice_denoise_quality quality;
    // Rows of blocks that are worked on at once; 0: as many as suit the width. The result is the same.
    int batch;
    // Standard deviations to be removed, by plane and coefficient; a plane is left alone where the first is 0.
    float spectrum[SLUICE_PLANES][64];
    float brightness[SLUICE_NOISE_LEVELS];
    float detail;
} sluice_filter_task;

// A finished line: a row of each plane, and what it was.
typedef void (*sluice_filter_taker)(
    void *context, int line, const float *const planes[], const float *const noisy[]);

// `team` is the caller's. NULL: out of memory.
sluice_filter *sluice_filter_new(const sluice_filter_task *task, sluice_team *team, sluice_filter_taker take, void *context);
void sluice_filter_free(sluice_filter *filter);

// Lines that are in it at most, between that put in last and that handed on last.
int sluice_filter_delay(const sluice_filter *filter);

// Prepares for lines of the result from the given one on. Returns the line of the input to go on with.
int sluice_filter_seek(sluice_filter *filter, int line);

// Where the next line of the input is to be put: `width` numbers for each plane.
void sluice_filter_room(sluice_filter *filter, float *planes[]);
// It is there. Lines of the result are handed on as they are finished: some lines behind, and all with the last.
void sluice_filter_push(sluice_filter *filter);

#endif
