#include "Scaler.h"

#include <stdlib.h>
#include <string.h>

// Pixels of the input that are widened at once, so that they stay in the cache of the first level.
#define SEGMENT 256

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }
static int round_down(int line) { return line / SLUICE_GROUP * SLUICE_GROUP; }

// How many lines of the result a group can belong to.
static int widest_overlap(const sluice_axis *down) {
    int widest = 1, oldest = 0;
    for (int line = 0; line < down->output; line++) {
        // The oldest that is not finished when the group comes that this one begins in.
        while (sluice_axis_end(down, oldest) <= round_down(down->first[line])) oldest++;
        widest = most(widest, line - oldest + 1);
    }
    return widest;
}

int sluice_scaler_init(
    sluice_scaler *self, int planes, sluice_axis_size across, sluice_axis_size down, int slack) {
    memset(self, 0, sizeof(*self));
    self->planes = planes;
    if (sluice_axis_init(&self->across, across) || sluice_axis_init(&self->down, down)) return -1;
    double shrink = across.shrink / across.share;
    self->room = widest_overlap(&self->down) + slack;
    self->stride = (across.output + 7) / 8 * 8;
    // Whole vectors; as many as make a segment.
    self->block = least(self->stride, most(8, (int) (SEGMENT / shrink) / 8 * 8));
    self->segment_room = (int) (self->block * shrink) + 2 * self->across.taps + 16;
    self->sums = malloc((size_t) planes * self->room * self->stride * sizeof(float));
    self->targets = malloc(self->room * sizeof(*self->targets));
    self->weights = malloc(self->room * sizeof(*self->weights));
    for (int plane = 0; plane < planes; plane++) {
        // Cleared: weights of zero reach beyond the end of a narrow picture.
        self->wide[plane] = calloc((size_t) self->segment_room * SLUICE_GROUP, sizeof(float));
        self->narrow[plane] = calloc((size_t) self->block * SLUICE_GROUP, sizeof(float));
        if (!self->wide[plane] || !self->narrow[plane]) return -1;
    }
    return self->sums && self->targets && self->weights ? 0 : -1;
}

void sluice_scaler_free(sluice_scaler *self) {
    for (int plane = 0; plane < SLUICE_MOST_PLANES; plane++) {
        free(self->wide[plane]);
        free(self->narrow[plane]);
    }
    free(self->sums);
    free(self->targets);
    free(self->weights);
    sluice_axis_free(&self->across);
    sluice_axis_free(&self->down);
}

void sluice_scaler_seek(sluice_scaler *self, int line) {
    self->taken = self->open = line;
    self->next = round_down(self->down.first[line]);
}

bool sluice_scaler_has(const sluice_scaler *self, int line) {
    return line < self->open && sluice_axis_end(&self->down, line) <= self->next;
}

float *sluice_scaler_line(const sluice_scaler *self, int plane, int line) {
    return self->sums + ((size_t) plane * self->room + line % self->room) * self->stride;
}

// Opens the lines that begin in the group; of all that it belongs to, notes the weights. How many those are, or -1.
static int prepare(sluice_scaler *self) {
    const sluice_axis *down = &self->down;
    while (self->open < down->output && down->first[self->open] < self->next + SLUICE_GROUP) {
        if (self->open - self->taken >= self->room) return -1;
        for (int plane = 0; plane < self->planes; plane++)
            memset(sluice_scaler_line(self, plane, self->open), 0, self->stride * sizeof(float));
        self->open++;
    }
    int count = 0;
    for (int line = self->taken; line < self->open; line++) {
        if (sluice_scaler_has(self, line)) continue;
        for (int index = 0; index < SLUICE_GROUP; index++) {
            int tap = self->next + index - down->first[line];
            self->weights[count][index] =
                tap >= 0 && tap < down->taps ? down->weights[(size_t) line * down->taps + tap] : 0;
        }
        self->targets[count++] = sluice_scaler_line(self, 0, line);
    }
    return count;
}

int sluice_scaler_add(sluice_scaler *self, const sluice_group *group) {
    const sluice_axis *across = &self->across;
    int lines = prepare(self);
    if (lines < 0) return -1;
    size_t plane_size = (size_t) self->room * self->stride;
    for (int from = 0; lines > 0 && from < across->output; from += self->block) {
        int to = least(from + self->block, across->output);
        int origin = across->first[from];
        sluice_widen(group, self->planes, origin, sluice_axis_end(across, to - 1) - origin, self->wide);
        sluice_filter_across(across, from, to, origin, self->planes, self->wide, self->narrow);
        for (int plane = 0; plane < self->planes; plane++)
            sluice_filter_down(
                self->narrow[plane], (to - from + 7) / 8 * 8, lines, self->targets,
                (const float(*)[SLUICE_GROUP]) self->weights, plane * plane_size + from);
    }
    self->next += SLUICE_GROUP;
    return 0;
}
