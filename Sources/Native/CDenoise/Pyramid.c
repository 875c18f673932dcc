#include "Pyramid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "Halves.h"
#include "Level.h"
#include "Recipe.h"

struct sluice_pyramid {
    int count;
    // The largest first.
    sluice_level levels[SLUICE_NOISE_SCALES];
};

// By how much a coarser level changes what the filter has left, at most: in standard deviations of the noise there.
// More is no noise, but an edge that one of them has not kept, and that would bleed.
#define MOST_CHANGE 1.0f

// As if it were white.
static float deviation(const float *spectrum) {
    double sum = 0;
    for (int place = 0; place < 64; place++) sum += (double) spectrum[place] * spectrum[place];
    return (float) sqrt(sum / 64);
}

// How many times as strong as white noise it is at a size, by what it is at twice that size: white noise halves.
static float coarseness(const sluice_plane_noise *noise, int size) {
    float finer = deviation(noise->spectrum[size - 1]);
    return finer > 0 ? 2 * deviation(noise->spectrum[size]) / finer : 0;
}

// From here on, a coarser level gains something on photographs; on white noise it loses some.
#define COARSE 1.3f

int sluice_coarse_sizes(const sluice_plane_noise *noise, bool is_first) {
    // The brightness of pictures has too much texture at a quarter of the size for its noise to be told from that.
    int most = is_first ? 1 : SLUICE_COARSE_SIZES, size = 0;
    while (size < most && coarseness(noise, size + 1) > COARSE) size++;
    return size;
}

// The task of a level: of half the size of the one before, with the spectra of planes that get there.
static sluice_filter_task task_of_half(const sluice_pyramid_task *all, const sluice_filter_task *finer, int size) {
    sluice_filter_task task = *finer;
    task.width = sluice_half(finer->width);
    task.height = sluice_half(finer->height);
    task.quality = SLUICE_DENOISE_FAST;
    task.batch = SLUICE_COARSE_BATCH;
    for (int plane = 0; plane < task.planes; plane++)
        if (finer->spectrum[plane][0] > 0)
            memcpy(task.spectrum[plane], all->coarse[size - 1][plane], sizeof task.spectrum[plane]);
    return task;
}

static bool is_worth_it(const sluice_filter_task *task) {
    if (task->width < SLUICE_LEAST_LEVEL || task->height < SLUICE_LEAST_LEVEL) return false;
    for (int plane = 0; plane < task->planes; plane++)
        if (task->spectrum[plane][0] > 0) return true;
    return false;
}

sluice_pyramid *sluice_pyramid_new(
    const sluice_pyramid_task *task, sluice_team *team, sluice_filter_taker take, void *context) {
    sluice_pyramid *pyramid = calloc(1, sizeof *pyramid);
    if (!pyramid) return NULL;
    sluice_filter_task tasks[SLUICE_NOISE_SCALES] = {task->full};
    int most = task->full.width <= SLUICE_WIDEST_PYRAMID ? SLUICE_NOISE_SCALES : 1;
    for (pyramid->count = 1; pyramid->count < most; pyramid->count++) {
        int size = pyramid->count;
        tasks[size] = task_of_half(task, &tasks[size - 1], size);
        if (!is_worth_it(&tasks[size])) break;
    }
    // The smallest first: the others need to know how long they wait for it.
    for (int size = pyramid->count - 1; size >= 0; size--) {
        sluice_level *level = &pyramid->levels[size], *coarser = size + 1 < pyramid->count ? level + 1 : NULL;
        level->take = size == 0 ? take : sluice_level_take_coarse;
        level->context = size == 0 ? context : level - 1;
        for (int plane = 0; plane < task->full.planes && coarser; plane++)
            level->limit[plane] = MOST_CHANGE * deviation(tasks[size + 1].spectrum[plane]);
        if (sluice_level_init(level, &tasks[size], team, coarser, size == 0)) continue;
        sluice_pyramid_free(pyramid);
        return NULL;
    }
    return pyramid;
}

void sluice_pyramid_free(sluice_pyramid *pyramid) {
    if (!pyramid) return;
    for (int size = 0; size < pyramid->count; size++) sluice_level_free(&pyramid->levels[size]);
    free(pyramid);
}

int sluice_pyramid_delay(const sluice_pyramid *pyramid) {
    const sluice_level *full = &pyramid->levels[0];
    return full->coarser ? full->lag + 1 : sluice_filter_delay(full->filter);
}

int sluice_pyramid_seek(sluice_pyramid *pyramid, int line) { return sluice_level_seek(&pyramid->levels[0], line); }
void sluice_pyramid_room(sluice_pyramid *pyramid, float *planes[]) { sluice_level_room(&pyramid->levels[0], planes); }
void sluice_pyramid_push(sluice_pyramid *pyramid) { sluice_level_push(&pyramid->levels[0]); }
