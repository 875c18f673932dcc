#include "Messages.h"

bool take_number(Bytes &rest, uint64_t &value) {
    value = 0;
    for (int shift = 0; shift < 64 && rest.begin < rest.end; shift += 7) {
        uint8_t byte = *rest.begin++;
        value |= (uint64_t) (byte & 127) << shift;
        if (byte < 128) return true;
    }
    return false;
}

bool Fields::next(Field &field) {
    if (failed || rest.begin == rest.end) return false;
    field = {};
    field.whole = {rest.begin, rest.begin};
    uint64_t key, length = 0;
    failed = true;
    if (!take_number(rest, key)) return false;
    field.number = (uint32_t) (key >> 3);
    field.kind = (int) (key & 7);
    switch (field.kind) {
    case 0:
        if (!take_number(rest, field.value)) return false;
        break;
    case 1: length = 8; break;
    case 2:
        if (!take_number(rest, length)) return false;
        break;
    case 5: length = 4; break;
    default: return false;
    }
    if (length > rest.size()) return false;
    field.bytes = {rest.begin, rest.begin + length};
    rest.begin += length;
    field.whole.end = rest.begin;
    failed = false;
    return true;
}

void append_number(std::string &message, uint64_t value) {
    for (; value >= 128; value >>= 7) message += (char) (value | 128);
    message += (char) value;
}

void append_bytes(std::string &message, uint32_t number, const std::string &bytes) {
    append_number(message, (uint64_t) number << 3 | 2);
    append_number(message, bytes.size());
    message += bytes;
}
