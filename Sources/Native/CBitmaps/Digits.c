// PNM in decimal digits.
#include "Reader.h"

// The first byte that is neither space nor in a comment; -1 at the end.
static int significant(bitmap_input *input, uint64_t *offset) {
    for (;;) {
        int byte = sluice_bitmap_byte(input, offset);
        if (byte == '#') {
            do byte = sluice_bitmap_byte(input, offset);
            while (byte >= 0 && byte != '\n' && byte != '\r');
        }
        if (byte != ' ' && (byte < '\t' || byte > '\r')) return byte;
    }
}

// -1 at the end, -2 where there is no number.
static int64_t number(bitmap_input *input, uint64_t *offset) {
    int byte = significant(input, offset);
    if (byte < 0) return -1;
    if (byte < '0' || byte > '9') return -2;
    int64_t value = 0;
    do {
        // More than any white.
        if (value < 1000000) value = value * 10 + (byte - '0');
        byte = sluice_bitmap_byte(input, offset);
    } while (byte >= '0' && byte <= '9');
    if (byte >= 0) (*offset)--;
    return value;
}

// Without `out`, goes past it. 0, or 1 where it is not whole.
static int read_line(sluice_bitmap_reader *self, uint64_t *offset, void *out) {
    const sluice_bitmap *layout = &self->layout;
    int64_t count = (int64_t) layout->width * layout->bands;
    for (int64_t index = 0; index < count; index++) {
        int64_t value;
        if (layout->coding == SLUICE_BITMAP_DIGITS) {
            int byte = significant(&self->input, offset);
            value = byte < 0 ? -1 : byte == '0' ? 255 : byte == '1' ? 0 : -2;
        } else {
            value = number(&self->input, offset);
        }
        if (value < 0) {
            self->is_damaged = value == -2;
            return 1;
        }
        if (!out) continue;
        if (layout->coding == SLUICE_BITMAP_DIGITS)
            ((unsigned char *) out)[index] = (unsigned char) value;
        else if (layout->is_deep)
            ((uint16_t *) out)[index] = sluice_bitmap_deep((uint32_t) value, layout->white);
        else
            ((unsigned char *) out)[index] = self->values[0][value > 255 ? 255 : value];
    }
    return 0;
}

int sluice_bitmap_digits_line(sluice_bitmap_reader *self, int line, void *out) {
    if (sluice_bitmap_make_places(self)) return -1;
    int whole = self->layout.height - self->missing;
    if (line > whole) return 1;
    if (line < self->next_line) {
        // Places up to the next line are known.
        self->next_line = line / self->stride * self->stride;
        self->next = self->places[line / self->stride];
    }
    while (self->next_line <= line) {
        uint64_t offset = self->next.offset;
        int result = read_line(self, &offset, self->next_line == line ? out : 0);
        if (result != 0) {
            self->missing = self->layout.height - self->next_line;
            return 1;
        }
        self->next.offset = offset;
        self->next_line++;
        if (self->next_line % self->stride == 0 && self->next_line / self->stride == self->known)
            self->places[self->known++] = self->next;
    }
    return 0;
}
