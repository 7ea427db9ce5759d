// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace gbid::config {

template <class... A>
class Kinds;

/// The struct of keys that an entry is of: C of a function Entry<C> entry().
template <class Function>
struct EntryTraits;
template <template <class> class Entry, class C>
struct EntryTraits<Entry<C> (*)()> {
  using Config = C;
};

/// Several kinds of one thing, a line each: functions `Entry<C> f()`, where C is the struct of the
/// kind's keys, and an entry has a name, a help text and a schema, beside what else there is to
/// know of a kind. From this one list follow the variant, the kinds that a scenario can name, and
/// what is looked up by kind.
///
///     using Shapes = config::EntryList<circle, square>;
///     using ShapeConfig = Shapes::Config;                      // std::variant<Circle, Square>
///     Shapes::visit(config, [](const auto& entry, const auto& shape) { return entry.area(shape); });
///
/// An entry's type may be incomplete where only the variant is asked for.
template <auto... kEntries>
class EntryList {
 public:
  template <template <class...> class Over>
  using Of = Over<typename EntryTraits<decltype(kEntries)>::Config...>;
  using Config = Of<std::variant>;

  /// All entries, in the order of the list; made once.
  static const auto& all() {
    static const std::tuple<decltype(kEntries())...> entries{kEntries()...};
    return entries;
  }

  /// The entry of a kind.
  template <class C>
  static const auto& of() {
    return std::get<index_of<C>()>(all());
  }

  /// f(entry, keys) for the kind that is held.
  template <class Variant, class F>
  static decltype(auto) visit(Variant&& held, F&& f) {
    return std::visit(
        [&](auto& keys) -> decltype(auto) {
          return f(of<std::remove_cvref_t<decltype(keys)>>(), keys);
        },
        held);
  }

  /// f(entry) for every kind, in order.
  template <class F>
  static void for_each(F&& f) {
    std::apply([&](const auto&... entry) { (f(entry), ...); }, all());
  }

  static Of<Kinds> kinds() {
    Of<Kinds> kinds;
    for_each([&](const auto& entry) { kinds.kind(entry.name, entry.schema, entry.help); });
    return kinds;
  }

 private:
  template <class C>
  static constexpr std::size_t index_of() {
    std::size_t index = 0, found = 0;
    ((std::is_same_v<C, typename EntryTraits<decltype(kEntries)>::Config> ? void(found = index++)
                                                                          : void(index++)),
     ...);
    return found;
  }
};

}  // namespace gbid::config
