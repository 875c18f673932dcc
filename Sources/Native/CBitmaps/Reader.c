// Lines that have a place of their own in the file.
#include "Reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_by_itself(sluice_bitmap_coding coding) {
    return coding == SLUICE_BITMAP_RUNS || coding == SLUICE_BITMAP_DIGITS || coding == SLUICE_BITMAP_NUMBERS;
}

// Bytes of a line that hold pixels.
static uint64_t used_bytes(const sluice_bitmap *layout) {
    uint64_t width = (uint64_t) layout->width;
    switch (layout->coding) {
    case SLUICE_BITMAP_BITS: return (width + 7) / 8;
    case SLUICE_BITMAP_SAMPLES: return width * (uint64_t) layout->bands * (layout->white > 255 ? 2 : 1);
    default: return (width * (uint64_t) layout->bits + 7) / 8;
    }
}

// MARK: What there can be

static bool is_contiguous(uint32_t mask) {
    if (mask == 0) return true;
    mask >>= __builtin_ctz(mask);
    return (mask & (mask + 1)) == 0;
}

static bool is_sound(const sluice_bitmap *layout) {
    if (layout->width < 1 || layout->width > MOST_PIXELS_A_SIDE) return false;
    if (layout->height < 1 || layout->height > MOST_PIXELS_A_SIDE) return false;
    if (layout->bands < 1 || layout->bands > 4) return false;
    bool is_colour = layout->bands == 1 || layout->bands == 3;
    int bits = layout->bits;
    switch (layout->coding) {
    case SLUICE_BITMAP_INDEXED:
        if (!is_colour || layout->is_deep || (bits != 1 && bits != 2 && bits != 4 && bits != 8)) return false;
        break;
    case SLUICE_BITMAP_RUNS:
        if (!is_colour || layout->is_deep || (bits != 4 && bits != 8)) return false;
        break;
    case SLUICE_BITMAP_FIELDS:
        if (layout->bands < 3 || (bits != 16 && bits != 24 && bits != 32)) return false;
        for (int band = 0; band < 4; band++)
            if (!is_contiguous(layout->masks[band])) return false;
        break;
    case SLUICE_BITMAP_BITS:
    case SLUICE_BITMAP_DIGITS:
        if (layout->bands != 1 || layout->is_deep) return false;
        break;
    case SLUICE_BITMAP_SAMPLES:
    case SLUICE_BITMAP_NUMBERS:
        if (layout->white < 1 || layout->white > 65535 || layout->is_deep != (layout->white > 255)) return false;
        break;
    default: return false;
    }
    if (is_by_itself(layout->coding)) return true;
    return layout->line_bytes >= used_bytes(layout) && layout->line_bytes <= (uint64_t) MOST_PIXELS_A_SIDE * 16;
}

// MARK: Opening

static void make_tables(sluice_bitmap_reader *self) {
    const sluice_bitmap *layout = &self->layout;
    if (layout->coding == SLUICE_BITMAP_FIELDS) {
        for (int band = 0; band < layout->bands; band++) {
            uint32_t mask = layout->masks[band];
            self->shifts[band] = mask ? __builtin_ctz(mask) : 0;
            self->field_bits[band] = __builtin_popcount(mask);
            uint32_t largest = self->field_bits[band] <= 8 ? (1u << self->field_bits[band]) - 1 : 0;
            for (uint32_t value = 0; largest > 0 && value <= largest; value++)
                self->values[band][value] = (unsigned char) ((value * 255 + largest / 2) / largest);
        }
    } else if (layout->white >= 1 && layout->white <= 255) {
        for (uint32_t value = 0; value < 256; value++) {
            uint32_t sample = value < layout->white ? value : layout->white;
            self->values[0][value] = (unsigned char) ((sample * 255 + layout->white / 2) / layout->white);
        }
    }
}

// Of the file: lines that are there to their last pixel.
static int count_missing(const sluice_bitmap_reader *self) {
    const sluice_bitmap *layout = &self->layout;
    uint64_t size = self->input.size, used = used_bytes(layout);
    if (size < layout->offset || size - layout->offset < used) return layout->height;
    uint64_t whole = (size - layout->offset - used) / layout->line_bytes + 1;
    return whole >= (uint64_t) layout->height ? 0 : layout->height - (int) whole;
}

sluice_bitmap_reader *sluice_bitmap_open(
    int descriptor, const sluice_bitmap *layout, const unsigned char *colours, int count) {
    if (!is_sound(layout) || count < 0 || count > 256) {
        errno = EINVAL;
        return NULL;
    }
    sluice_bitmap_reader *self = calloc(1, sizeof(*self));
    if (!self) return NULL;
    self->layout = *layout;
    self->group_first = -1;
    if (count > 0) memcpy(self->colours, colours, (size_t) count * 3);
    if (sluice_bitmap_input_open(&self->input, descriptor)) {
        int code = errno;
        sluice_bitmap_close(self);
        errno = code;
        return NULL;
    }
    make_tables(self);
    if (!is_by_itself(layout->coding)) self->missing = count_missing(self);
    return self;
}

void sluice_bitmap_close(sluice_bitmap_reader *self) {
    if (!self) return;
    sluice_bitmap_input_close(&self->input);
    free(self->places);
    free(self->group);
    free(self);
}

int sluice_bitmap_make_places(sluice_bitmap_reader *self) {
    if (self->places) return 0;
    // Some thousand places at most: what lies between two is gone through again.
    self->stride = self->layout.height / 4096 > 16 ? self->layout.height / 4096 : 16;
    self->places = calloc((size_t) self->layout.height / (size_t) self->stride + 1, sizeof(bitmap_place));
    if (!self->places) return -1;
    self->places[0].offset = self->layout.offset;
    self->known = 1;
    self->next = self->places[0];
    return 0;
}

// MARK: Lines

static uint32_t pixel(const unsigned char *bytes, int bits) {
    uint32_t value = bytes[0] | (uint32_t) bytes[1] << 8;
    if (bits > 16) value |= (uint32_t) bytes[2] << 16;
    if (bits > 24) value |= (uint32_t) bytes[3] << 24;
    return value;
}

static void put_indexed(const sluice_bitmap_reader *self, const unsigned char *bytes, unsigned char *out) {
    int bits = self->layout.bits, mask = (1 << bits) - 1, each = 8 / bits;
    for (int x = 0; x < self->layout.width; x++) {
        int shift = 8 - bits - x % each * bits;
        sluice_bitmap_put_colour(self, out, x, bytes[x / each] >> shift & mask);
    }
}

static void put_fields(const sluice_bitmap_reader *self, const unsigned char *bytes, void *out) {
    const sluice_bitmap *layout = &self->layout;
    int step = layout->bits / 8;
    unsigned char *to = out;
    uint16_t *deep = out;
    for (int x = 0; x < layout->width; x++, bytes += step) {
        uint32_t value = pixel(bytes, layout->bits);
        for (int band = 0; band < layout->bands; band++) {
            uint32_t sample = (value & layout->masks[band]) >> self->shifts[band];
            int bits = self->field_bits[band];
            if (bits > 16) {
                sample >>= bits - 16;
                bits = 16;
            }
            if (layout->is_deep)
                *deep++ = bits > 0 ? sluice_bitmap_deep(sample, (1u << bits) - 1) : 0;
            else
                *to++ = self->values[band][bits <= 8 ? sample : sample >> (bits - 8)];
        }
    }
}

static void put_samples(const sluice_bitmap_reader *self, const unsigned char *bytes, void *out) {
    const sluice_bitmap *layout = &self->layout;
    int64_t count = (int64_t) layout->width * layout->bands;
    if (layout->white == 255) {
        memcpy(out, bytes, (size_t) count);
    } else if (layout->white < 255) {
        unsigned char *to = out;
        for (int64_t index = 0; index < count; index++) to[index] = self->values[0][bytes[index]];
    } else {
        uint16_t *to = out;
        for (int64_t index = 0; index < count; index++) {
            uint32_t sample = (uint32_t) bytes[2 * index] << 8 | bytes[2 * index + 1];
            to[index] = layout->white == 65535 ? (uint16_t) sample : sluice_bitmap_deep(sample, layout->white);
        }
    }
}

static int placed_line(sluice_bitmap_reader *self, int line, void *out) {
    const sluice_bitmap *layout = &self->layout;
    const unsigned char *bytes = NULL;
    // Of lines that count as there only: no offset is larger than the file.
    if (line < layout->height - self->missing)
        bytes = sluice_bitmap_bytes(
            &self->input, layout->offset + (uint64_t) line * layout->line_bytes, (size_t) used_bytes(layout),
            layout->is_bottom_up);
    if (!bytes) return self->input.failure ? -1 : 1;
    switch (layout->coding) {
    case SLUICE_BITMAP_INDEXED: put_indexed(self, bytes, out); break;
    case SLUICE_BITMAP_FIELDS: put_fields(self, bytes, out); break;
    case SLUICE_BITMAP_SAMPLES: put_samples(self, bytes, out); break;
    default:
        for (int x = 0; x < layout->width; x++)
            ((unsigned char *) out)[x] = bytes[x / 8] >> (7 - x % 8) & 1 ? 0 : 255;
    }
    return 0;
}

int sluice_bitmap_line(sluice_bitmap_reader *self, int line, void *out) {
    const sluice_bitmap *layout = &self->layout;
    if (line < 0 || line >= layout->height) {
        errno = EINVAL;
        return -1;
    }
    memset(out, 0, (size_t) layout->width * (size_t) layout->bands * (layout->is_deep ? 2 : 1));
    int of_file = layout->is_bottom_up ? layout->height - 1 - line : line, result;
    switch (layout->coding) {
    case SLUICE_BITMAP_RUNS: result = sluice_bitmap_runs_line(self, of_file, out); break;
    case SLUICE_BITMAP_DIGITS:
    case SLUICE_BITMAP_NUMBERS: result = sluice_bitmap_digits_line(self, of_file, out); break;
    default: result = placed_line(self, of_file, out);
    }
    if (self->input.failure) {
        errno = self->input.failure;
        return -1;
    }
    return result;
}

int sluice_bitmap_missing(const sluice_bitmap_reader *self) { return self->missing; }

bool sluice_bitmap_is_damaged(const sluice_bitmap_reader *self) { return self->is_damaged; }

int sluice_bitmap_has_empty_alpha(sluice_bitmap_reader *self) {
    const sluice_bitmap *layout = &self->layout;
    if (layout->coding != SLUICE_BITMAP_FIELDS || layout->bands != 4) return 0;
    for (int line = 0; line < layout->height - self->missing; line++) {
        const unsigned char *bytes = sluice_bitmap_bytes(
            &self->input, layout->offset + (uint64_t) line * layout->line_bytes, (size_t) used_bytes(layout), false);
        if (!bytes) break;
        for (int x = 0; x < layout->width; x++, bytes += layout->bits / 8)
            if (pixel(bytes, layout->bits) & layout->masks[3]) return 0;
    }
    if (!self->input.failure) return 1;
    errno = self->input.failure;
    return -1;
}
