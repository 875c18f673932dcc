#include "Level.h"

#include <stdlib.h>
#include <string.h>

#include "Halves.h"
#include "Recipe.h"

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }

static bool init_windows(sluice_level *level, sluice_level_lines lines, bool keeps_noisy) {
    int width = level->width, half = sluice_half(width);
    level->room = malloc((size_t) half * sizeof(float));
    bool is_there = level->room != NULL;
    for (int plane = 0; plane < level->planes && is_there; plane++) {
        is_there = sluice_window_init(&level->fine[plane], width, lines.fine)
            && (!keeps_noisy || sluice_window_init(&level->noisy[plane], width, lines.fine));
        if (!is_there || !(level->limit[plane] > 0)) continue;
        is_there = sluice_window_init(&level->coarse[plane], half, lines.coarse)
            && sluice_window_init(&level->added[plane], half, 2);
    }
    return is_there;
}

// MARK: Lines of the result

static void hand_on(sluice_level *level, int line) {
    const float *planes[SLUICE_PLANES], *noisy[SLUICE_PLANES] = {NULL};
    for (int plane = 0; plane < level->planes; plane++) {
        planes[plane] = sluice_window_line(&level->fine[plane], line);
        if (level->noisy[plane].numbers) noisy[plane] = sluice_window_line(&level->noisy[plane], line);
    }
    level->take(level->context, line, planes, noisy);
}

// Adds what lies between two lines of half the size to a line of the filter.
static void finish(sluice_level *level, int line, int near, int far) {
    if (line < level->first_wanted) return;
    for (int plane = 0; plane < level->planes; plane++) {
        const sluice_window *added = &level->added[plane];
        if (added->numbers)
            sluice_add_doubled(
                sluice_window_line(added, near), sluice_window_line(added, far), level->width, level->room,
                sluice_window_line(&level->fine[plane], line));
    }
    hand_on(level, line);
}

// By how much the means of the filter's lines are not what `coarser` has.
static void compare(sluice_level *level, int plane, int half_line) {
    int half = sluice_half(level->width), lower = least(2 * half_line + 1, level->height - 1);
    const sluice_window *fine = &level->fine[plane];
    const float *coarse = sluice_window_line(&level->coarse[plane], half_line);
    float *added = sluice_window_line(&level->added[plane], half_line), limit = level->limit[plane];
    sluice_halve_lines(
        sluice_window_line(fine, 2 * half_line), sluice_window_line(fine, lower), level->width, added);
    for (int x = 0; x < half; x++) {
        float difference = coarse[x] - added[x];
        difference = difference < -limit ? -limit : difference;
        added[x] = difference > limit ? limit : difference;
    }
}

static void join(sluice_level *level) {
    int half_height = sluice_half(level->height);
    while (level->joined < level->coarse_lines && least(2 * level->joined + 2, level->height) <= level->fine_lines) {
        int half_line = level->joined++;
        for (int plane = 0; plane < level->planes; plane++)
            if (level->limit[plane] > 0) compare(level, plane, half_line);
        if (half_line > 0) finish(level, 2 * half_line - 1, half_line - 1, half_line);
        finish(level, 2 * half_line, half_line, most(half_line - 1, 0));
        if (half_line == half_height - 1 && level->height % 2 == 0)
            finish(level, 2 * half_line + 1, half_line, half_line);
    }
}

static void copy_line(const sluice_window *window, int line, const float *from) {
    memcpy(sluice_window_line(window, line), from, (size_t) window->width * sizeof(float));
}

static void take_fine(void *context, int line, const float *const planes[], const float *const noisy[]) {
    sluice_level *level = context;
    for (int plane = 0; plane < level->planes; plane++) {
        copy_line(&level->fine[plane], line, planes[plane]);
        if (level->noisy[plane].numbers) copy_line(&level->noisy[plane], line, noisy[plane]);
    }
    level->fine_lines = line + 1;
    join(level);
}

void sluice_level_take_coarse(void *context, int line, const float *const planes[], const float *const noisy[]) {
    (void) noisy;
    sluice_level *level = context;
    for (int plane = 0; plane < level->planes; plane++)
        if (level->limit[plane] > 0) copy_line(&level->coarse[plane], line, planes[plane]);
    level->coarse_lines = line + 1;
    join(level);
}

// MARK: Lines that come

void sluice_level_room(sluice_level *level, float *planes[]) {
    if (level->lines >= level->first_filtered) {
        sluice_filter_room(level->filter, planes);
        return;
    }
    // Before its filter begins, there is room where its results will be.
    for (int plane = 0; plane < level->planes; plane++)
        planes[plane] = sluice_window_line(&level->fine[plane], level->lines);
}

// Puts in a line of half the size with every other line, and with the last.
static void push_coarser(sluice_level *level, const float *const upper[], const float *const lower[]) {
    float *planes[SLUICE_PLANES];
    sluice_level_room(level->coarser, planes);
    for (int plane = 0; plane < level->planes; plane++)
        sluice_halve_lines(upper[plane], lower[plane], level->width, planes[plane]);
    sluice_level_push(level->coarser);
}

void sluice_level_push(sluice_level *level) {
    float *came[SLUICE_PLANES];
    sluice_level_room(level, came);
    int line = level->lines++;
    // First, so that what waits for the other is the lines of half the size.
    if (level->coarser && line / 2 >= level->coarser->lines) {
        if (line % 2 == 1) push_coarser(level, level->last, (const float *const *) came);
        else if (line == level->height - 1)
            push_coarser(level, (const float *const *) came, (const float *const *) came);
    }
    for (int plane = 0; plane < level->planes; plane++) level->last[plane] = came[plane];
    if (line >= level->first_filtered) sluice_filter_push(level->filter);
}

int sluice_level_seek(sluice_level *level, int line) {
    level->first_wanted = line;
    if (!level->coarser) {
        level->lines = level->first_filtered = sluice_filter_seek(level->filter, line);
        return level->lines;
    }
    // The line lies between two of half the size: of the upper one on, all is needed.
    int half_line = line > 0 ? (line - 1) / 2 : 0;
    level->joined = level->coarse_lines = half_line;
    level->fine_lines = 2 * half_line;
    level->first_filtered = sluice_filter_seek(level->filter, 2 * half_line);
    level->lines = least(level->first_filtered, 2 * sluice_level_seek(level->coarser, half_line));
    return level->lines;
}

// MARK: Memory

bool sluice_level_init(
    sluice_level *level, const sluice_filter_task *task, sluice_team *team, sluice_level *coarser, bool keeps_noisy) {
    level->width = task->width;
    level->height = task->height;
    level->planes = task->planes;
    level->coarser = coarser;
    level->filter = coarser ? sluice_filter_new(task, team, take_fine, level)
                            : sluice_filter_new(task, team, level->take, level->context);
    if (!level->filter) return false;
    int coarse_lag = coarser ? coarser->lag : 0;
    sluice_level_lines lines = sluice_level_lines_for(task->quality, task->width, task->batch, coarse_lag);
    level->lag = lines.lag;
    return !coarser || init_windows(level, lines, keeps_noisy);
}

void sluice_level_free(sluice_level *level) {
    sluice_filter_free(level->filter);
    for (int plane = 0; plane < SLUICE_PLANES; plane++) {
        sluice_window_free(&level->fine[plane]);
        sluice_window_free(&level->noisy[plane]);
        sluice_window_free(&level->coarse[plane]);
        sluice_window_free(&level->added[plane]);
    }
    free(level->room);
}
