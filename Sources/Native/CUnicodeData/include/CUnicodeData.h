#ifndef SLUICE_UNICODE_DATA_H
#define SLUICE_UNICODE_DATA_H

#include <stdint.h>

// The head of ICU's data file (udata.h, ucmndata.h), with an empty table of contents behind it.
struct sluice_unicode_data {
    uint16_t header_size;
    uint8_t magic[2];
    uint16_t information_size, reserved;
    uint8_t is_big_endian, character_set, character_size, padding;
    uint8_t format[4], format_version[4], data_version[4];
    uint8_t fill[8];
    uint32_t entries, end;
};

// Foundation brings the languages and calendars of the world, 34 MB in each program, because GRDB and Yams import it
// for conveniences that nothing here uses. A program that defines their symbol itself is linked without them; what would ask is
// told that there are none. The number is ICU's version in the toolchain: with another one, programs are larger, that is
// all.
extern const struct sluice_unicode_data icudt76_dat;

#endif
