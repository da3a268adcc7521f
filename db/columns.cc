#include "db/columns.h"

#include "core/base/text.h"
#include "db/transaction.h"

namespace affidavit::db {

std::string StorableText(std::string_view text) {
  const bool is_utf8 = IsUtf8(text);
  std::string storable;
  for (const char byte : text) {
    if (byte == '\0' || (!is_utf8 && static_cast<uint8_t>(byte) >= 0x80)) {
      storable += "\uFFFD";
    } else {
      storable += byte;
    }
  }
  return storable;
}

void Columns::Add(BinaryArray& array, std::string_view text) {
  if (text.find('\0') == std::string_view::npos && IsUtf8(text)) {
    array.AddBytes(text);
  } else {
    array.AddBytes(StorableText(text));
  }
}

pqxx::binarystring Columns::Parameter(size_t column) {
  const std::string& wire = arrays_[column].Wire();
  return {wire.data(), wire.size()};
}

pqxx::result Columns::Run(Transaction& transaction, const char* sql, Columns more) {
  std::vector<pqxx::binarystring> parameters;
  for (Columns* columns : {this, &more}) {
    for (size_t column = 0; column < columns->arrays_.size(); ++column) {
      parameters.push_back(columns->Parameter(column));
    }
  }
  return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(parameters));
}

}  // namespace affidavit::db
