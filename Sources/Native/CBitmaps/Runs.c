// BMP in runs (RLE4, RLE8). Where lines begin is found out once for every so many of them; those between two such places are
// decoded together, as the file's last line is the first that is asked for.
#include "Reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int advance(int from, int by, int most) { return by > most - from ? most : from + by; }

// Pixels in one code, or as they are; numbers beyond the line's end go nowhere.
static void put(const sluice_bitmap_reader *self, unsigned char *line, int x, int index, int byte) {
    if (!line || x >= self->layout.width - index) return;
    int number = self->layout.bits == 8 ? byte : index % 2 == 0 ? byte >> 4 : byte & 15;
    line[x + index] = (unsigned char) number;
}

static void end(bitmap_place *at) { at->has_ended = at->is_cut = true; }

static void read_plain(sluice_bitmap_reader *self, bitmap_place *at, unsigned char *line, int count) {
    int bytes = self->layout.bits == 8 ? count : (count + 1) / 2, each = self->layout.bits == 8 ? 1 : 2;
    for (int index = 0; index < bytes; index++) {
        int byte = sluice_bitmap_byte(&self->input, &at->offset);
        if (byte < 0) {
            end(at);
            at->x = advance(at->x, index * each, self->layout.width);
            return;
        }
        for (int part = 0; part < each && index * each + part < count; part++)
            put(self, line, at->x, index * each + part, byte);
    }
    // They end at an even place, whether or not the last byte of a file is there.
    if (bytes % 2 == 1) sluice_bitmap_byte(&self->input, &at->offset);
    at->x = advance(at->x, count, self->layout.width);
}

// Up to the end of this line of the file; without `line`, goes past it.
static void read_line(sluice_bitmap_reader *self, bitmap_place *at, int number, unsigned char *line) {
    const sluice_bitmap *layout = &self->layout;
    while (!at->has_ended && at->y == number) {
        int count = sluice_bitmap_byte(&self->input, &at->offset);
        int code = count < 0 ? -1 : sluice_bitmap_byte(&self->input, &at->offset);
        if (code < 0) {
            end(at);
        } else if (count > 0) {
            for (int index = 0; line && index < count; index++) put(self, line, at->x, index, code);
            at->x = advance(at->x, count, layout->width);
        } else if (code == 0) {
            at->x = 0;
            at->y++;
        } else if (code == 1) {
            at->has_ended = true;
        } else if (code == 2) {
            int right = sluice_bitmap_byte(&self->input, &at->offset);
            int down = right < 0 ? -1 : sluice_bitmap_byte(&self->input, &at->offset);
            if (down < 0) {
                end(at);
            } else {
                at->x = advance(at->x, right, layout->width);
                at->y = advance(at->y, down, layout->height);
            }
        } else {
            read_plain(self, at, line, code);
        }
    }
}

static int find_places(sluice_bitmap_reader *self) {
    if (self->places) return 0;
    if (sluice_bitmap_make_places(self)) return -1;
    const sluice_bitmap *layout = &self->layout;
    bitmap_place at = self->places[0];
    for (int line = 0; line < layout->height; line++) {
        if (line % self->stride == 0) {
            self->places[line / self->stride] = at;
            self->known = line / self->stride + 1;
        }
        read_line(self, &at, line, NULL);
    }
    if (at.is_cut && at.y < layout->height) self->missing = layout->height - at.y - (at.x >= layout->width ? 1 : 0);
    self->has_part = at.x > 0 && at.x < layout->width;
    self->group = malloc((size_t) self->stride * (size_t) layout->width);
    return self->group ? 0 : -1;
}

int sluice_bitmap_runs_line(sluice_bitmap_reader *self, int line, unsigned char *out) {
    const sluice_bitmap *layout = &self->layout;
    if (find_places(self) || !self->group) {
        errno = ENOMEM;
        return -1;
    }
    size_t width = (size_t) layout->width;
    int first = line / self->stride * self->stride;
    if (self->group_first != first) {
        bitmap_place at = self->places[line / self->stride];
        memset(self->group, 0, (size_t) self->stride * width);
        for (int index = 0; index < self->stride && index < layout->height - first; index++)
            read_line(self, &at, first + index, self->group + (size_t) index * width);
        self->group_first = first;
    }
    const unsigned char *numbers = self->group + (size_t) (line - first) * width;
    bool is_there = line < layout->height - self->missing;
    // Of a line that ends early, what there is of it; nothing is there of those behind it.
    if (is_there || (self->has_part && line == layout->height - self->missing))
        for (int x = 0; x < layout->width; x++) sluice_bitmap_put_colour(self, out, x, numbers[x]);
    return is_there ? 0 : 1;
}
