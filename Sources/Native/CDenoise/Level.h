// A size of a pyramid: its filter, and how its lines and those of the next size become one.
#ifndef SLUICE_LEVEL_H
#define SLUICE_LEVEL_H
#include "Filter.h"
#include "Window.h"

typedef struct sluice_level {
    int width, height, planes;
    sluice_filter *filter;
    // Half the size; NULL: the filter's lines are the result.
    struct sluice_level *coarser;
    // Where the result goes.
    sluice_filter_taker take;
    void *context;
    // By how much a plane is changed at most for `coarser`, either way; 0: not at all.
    float limit[SLUICE_PLANES];
    // Lines between that put in last and the last of the result, at most.
    int lag;

    // Lines that came; the first that the filter is to have; and the last that came.
    int lines, first_filtered;
    const float *last[SLUICE_PLANES];

    // Lines of the filter that wait for those of `coarser`, and what they were; lines of `coarser` that wait for those.
    sluice_window fine[SLUICE_PLANES], noisy[SLUICE_PLANES], coarse[SLUICE_PLANES];
    // What is added: the last two lines, of half the size.
    sluice_window added[SLUICE_PLANES];
    float *room;
    // Lines that came from both; those of half the size that were added; the first of the result that is wanted.
    int fine_lines, coarse_lines, joined, first_wanted;
} sluice_level;

// Of `level`, taker, context and limits are there, and the rest is zero. `keeps_noisy`: the taker is told what lines
// were. False: out of memory; then, too, `level` is to be freed.
bool sluice_level_init(
    sluice_level *level, const sluice_filter_task *task, sluice_team *team, sluice_level *coarser, bool keeps_noisy);
void sluice_level_free(sluice_level *level);

// As the functions of the filter.
int sluice_level_seek(sluice_level *level, int line);
void sluice_level_room(sluice_level *level, float *planes[]);
void sluice_level_push(sluice_level *level);

// The taker for `coarser`, with the level as context.
void sluice_level_take_coarse(void *level, int line, const float *const planes[], const float *const noisy[]);

#endif
