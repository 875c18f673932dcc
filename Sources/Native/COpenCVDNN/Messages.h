// Protocol buffers, as far as a model's file has to be looked into: a message is a row of numbered fields.
#ifndef SLUICE_OPENCV_MESSAGES_H
#define SLUICE_OPENCV_MESSAGES_H
#include <cstdint>
#include <string>

/// A range of bytes of which a message or a text is made.
struct Bytes {
    const uint8_t *begin, *end;

    size_t size() const { return (size_t) (end - begin); }
    std::string text() const { return std::string(begin, end); }
};

struct Field {
    uint32_t number;
    /// 0: a number. 2: bytes. Others are passed over.
    int kind;
    uint64_t value;
    Bytes bytes;
    /// The field with its number.
    Bytes whole;
};

/// Field after field; `failed` when the bytes are no message.
class Fields {
public:
    explicit Fields(Bytes message) : rest(message) {}
    bool next(Field &field);
    bool failed = false;

private:
    Bytes rest;
};

/// The number that a row of bytes begins with, and takes it away. False: there is none.
bool take_number(Bytes &rest, uint64_t &value);
void append_number(std::string &message, uint64_t value);
/// A field of kind 2.
void append_bytes(std::string &message, uint32_t number, const std::string &bytes);

#endif
