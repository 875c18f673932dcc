#include "Scaler.h"

#include <stdlib.h>
#include <string.h>

// Pixels of the input that are widened at once, so that they stay in the cache of the first level.
#define SEGMENT 256

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }
static int round_down(int line, int height) { return line / height * height; }

// How many lines of the result can be in the making at once.
static int widest_overlap(const sluice_axis *down, int height) {
    int widest = 1, oldest = 0;
    for (int line = 0; line < down->output; line++) {
        // The oldest that is not finished when those lines come that this one begins in.
        while (sluice_axis_end(down, oldest) <= round_down(down->first[line], height)) oldest++;
        widest = most(widest, line - oldest + 1);
    }
    return widest;
}

int sluice_scaler_init(
    sluice_scaler *self, int planes, sluice_axis_size across, sluice_axis_size down, int slack) {
    memset(self, 0, sizeof(*self));
    self->planes = planes;
    self->groups_a_plane = planes == 1 ? 2 : 1;
    self->height = self->groups_a_plane * SLUICE_GROUP;
    if (sluice_axis_init(&self->across, across) || sluice_axis_init(&self->down, down)) return -1;
    double shrink = across.shrink / across.share;
    self->room = widest_overlap(&self->down, self->height) + slack;
    self->stride = (across.output + 7) / 8 * 8;
    // Whole vectors; as many as make a segment.
    self->block = least(self->stride, most(8, (int) (SEGMENT / shrink) / 8 * 8));
    self->segment_room = least((int) (self->block * shrink) + 2 * self->across.taps, across.input) + 16;
    self->sums = malloc((size_t) planes * self->room * self->stride * sizeof(float));
    self->targets = malloc(self->room * sizeof(*self->targets));
    for (int group = 0; group < self->groups_a_plane; group++) {
        self->weights[group] = malloc(self->room * sizeof(*self->weights[group]));
        if (!self->weights[group]) return -1;
    }
    for (int group = 0; group < planes * self->groups_a_plane; group++) {
        // Cleared: weights of zero reach beyond the end of a narrow picture.
        self->wide[group] = calloc((size_t) self->segment_room * SLUICE_GROUP, sizeof(float));
        self->narrow[group] = calloc((size_t) self->block * SLUICE_GROUP, sizeof(float));
        if (!self->wide[group] || !self->narrow[group]) return -1;
    }
    return self->sums && self->targets ? 0 : -1;
}

void sluice_scaler_free(sluice_scaler *self) {
    for (int group = 0; group < SLUICE_MOST_GROUPS; group++) {
        free(self->wide[group]);
        free(self->narrow[group]);
    }
    free(self->sums);
    free(self->targets);
    free(self->weights[0]);
    free(self->weights[1]);
    sluice_axis_free(&self->across);
    sluice_axis_free(&self->down);
}

void sluice_scaler_seek(sluice_scaler *self, int line) {
    self->taken = self->open = line;
    self->next = round_down(self->down.first[line], self->height);
}

bool sluice_scaler_has(const sluice_scaler *self, int line) {
    return line < self->open && sluice_axis_end(&self->down, line) <= self->next;
}

float *sluice_scaler_line(const sluice_scaler *self, int plane, int line) {
    return self->sums + ((size_t) plane * self->room + line % self->room) * self->stride;
}

// Opens the lines that begin in what comes next; of all that it belongs to, notes the weights. How many those are, or
// -1.
static int prepare(sluice_scaler *self) {
    const sluice_axis *down = &self->down;
    while (self->open < down->output && down->first[self->open] < self->next + self->height) {
        if (self->open - self->taken >= self->room) return -1;
        for (int plane = 0; plane < self->planes; plane++)
            memset(sluice_scaler_line(self, plane, self->open), 0, self->stride * sizeof(float));
        self->open++;
    }
    int count = 0;
    for (int line = self->taken; line < self->open; line++) {
        if (sluice_scaler_has(self, line)) continue;
        for (int index = 0; index < self->height; index++) {
            int tap = self->next + index - down->first[line];
            self->weights[index / SLUICE_GROUP][count][index % SLUICE_GROUP] =
                tap >= 0 && tap < down->taps ? down->weights[(size_t) line * down->taps + tap] : 0;
        }
        self->targets[count++] = sluice_scaler_line(self, 0, line);
    }
    return count;
}

// Which weights of `count` lines of the result are not all zero: lines begin and end within what comes.
static void skip_zeros(const float weights[][SLUICE_GROUP], int count, int *from, int *to) {
    const float none[SLUICE_GROUP] = {0};
    *from = 0;
    *to = count;
    while (*from < *to && memcmp(weights[*from], none, sizeof(none)) == 0) ++*from;
    while (*to > *from && memcmp(weights[*to - 1], none, sizeof(none)) == 0) --*to;
}

int sluice_scaler_add(sluice_scaler *self, const sluice_lines_in *lines) {
    const sluice_axis *across = &self->across;
    int results = prepare(self), groups = self->planes * self->groups_a_plane;
    if (results < 0) return -1;
    sluice_input input = {
        .step = lines->step, .sample_bytes = lines->sample_bytes, .width = across->input, .has_alpha = lines->has_alpha,
        .light = lines->light};
    for (int group = 0; group < groups; group++)
        memcpy(
            input.lines[group],
            &lines->lines[group / self->groups_a_plane][group % self->groups_a_plane * SLUICE_GROUP],
            sizeof(input.lines[group]));
    int first[2] = {0, 0}, last[2] = {0, 0};
    for (int group = 0; group < self->groups_a_plane; group++)
        skip_zeros((const float(*)[SLUICE_GROUP]) self->weights[group], results, &first[group], &last[group]);
    for (int from = 0; results > 0 && from < across->output; from += self->block) {
        int to = least(from + self->block, across->output);
        int origin = across->first[from];
        sluice_widen(&input, groups, origin, sluice_axis_end(across, to - 1) - origin, self->wide);
        sluice_filter_across(across, from, to, origin, groups, self->wide, self->narrow);
        for (int group = 0; group < groups; group++) {
            int which = group % self->groups_a_plane, plane = group / self->groups_a_plane;
            sluice_filter_down(
                self->narrow[group], (to - from + 7) / 8 * 8, last[which] - first[which], self->targets + first[which],
                (const float(*)[SLUICE_GROUP]) self->weights[which] + first[which],
                (size_t) plane * self->room * self->stride + from);
        }
    }
    self->next += self->height;
    return 0;
}
