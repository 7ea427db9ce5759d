// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "engine/record/layout.hpp"

namespace gbid {

/// What an array is to the trial that it belongs to.
enum class Role {
  kParameter,  ///< what agents learn
  kMoment,     ///< what their learners remember
  kCounter,    ///< updates, steps, evaluations
  kCarried,    ///< kept from step to step, and not to be had from the others
  kDerived,    ///< follows from the others, or is measured for a record
};

/// When an array can be recorded.
enum class Recorded { kNever, kTrajectory, kFinal };

/// The declaration of one array, from which follow: the catalogue and the layout of the file, what
/// is recorded, what a checkpoint holds (all but derived arrays).
struct ArraySpec {
  Variable variable;
  Role role = Role::kDerived;
  Recorded recorded = Recorded::kNever;
  std::string group = {};  ///< the name in [record] final that stands for it; empty: its own

  const std::string& name() const { return variable.name; }
  const std::string& recorded_as() const { return group.empty() ? variable.name : group; }
};

/// Every number of one trial that changes, as a table of named arrays. The arrays lie in their
/// market's memory, which the table only refers to: it must not be moved afterwards.
class State {
 public:
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// `rows` rows of `columns` values, `stride` from row to row.
  template <class T>
  void add(const ArraySpec& spec, T* data, Index rows, Index columns, Index stride) {
    Entry& entry = insert(spec);
    entry.copy = [=](double* out) {
      for (Index r = 0; r < rows; ++r)
        for (Index c = 0; c < columns; ++c) *out++ = static_cast<double>(data[r * stride + c]);
      return out;
    };
    entry.save = [=](std::string& out) {
      for (Index r = 0; r < rows; ++r) append(out, data + r * stride, columns);
    };
    entry.load = [=](std::string_view& in) {
      for (Index r = 0; r < rows; ++r) take(in, data + r * stride, columns);
    };
    entry.bytes = [=] {
      return static_cast<double>(rows * columns) * static_cast<double>(sizeof(T));
    };
  }
  void add(const ArraySpec& spec, PaddedMatrix& matrix) {
    add(spec, matrix.empty() ? nullptr : matrix.row(0), matrix.rows(), matrix.columns(),
        matrix.stride());
  }
  template <class T>
  void add(const ArraySpec& spec, Buffer<T>& buffer) {
    add(spec, buffer.data(), 1, buffer.size(), buffer.size());
  }
  template <class T>
  requires std::is_arithmetic_v<T>
  void add(const ArraySpec& spec, T& value) { add(spec, &value, 1, 1, 1); }
  /// A vector may have another length when it is loaded.
  template <class T>
  void add(const ArraySpec& spec, std::vector<T>& values) {
    Entry& entry = insert(spec);
    entry.copy = [&values](double* out) {
      return std::transform(values.begin(), values.end(), out,
                            [](T value) { return static_cast<double>(value); });
    };
    entry.save = [&values](std::string& out) {
      const auto count = static_cast<Index>(values.size());
      append(out, &count, 1);
      append(out, values.data(), count);
    };
    entry.load = [&values](std::string_view& in) {
      Index count = 0;
      take(in, &count, 1);
      require(count >= 0 && static_cast<std::size_t>(count) <= in.size() / sizeof(T));
      values.resize(static_cast<std::size_t>(count));
      take(in, values.data(), count);
    };
    entry.bytes = [&values] { return static_cast<double>(values.size() * sizeof(T)); };
  }
  /// A derived array: `write` puts its values, row-major, from `out` on and returns the end.
  void add_derived(const ArraySpec& spec, std::function<double*(double* out)> write) {
    insert(spec).copy = std::move(write);
  }

  std::size_t size() const { return entries_.size(); }
  const ArraySpec& spec(std::size_t array) const { return entries_[array].spec; }
  bool has(std::string_view name) const { return find(name) < size(); }
  /// @throws Error (internal) if there is no such array.
  std::size_t index(std::string_view name) const;
  /// Where recorded arrays of the names lie, in order; names may be those of groups.
  std::vector<std::size_t> recorded(const std::vector<std::string>& names, Recorded when) const;

  /// Writes the values of an array, as they are, from `out` on. @return the end.
  double* copy(std::size_t array, double* out) const { return entries_[array].copy(out); }
  /// Bytes of all arrays that are not derived.
  double bytes() const;
  /// All arrays that are not derived, with their names, byte for byte.
  std::string save() const;
  /// The inverse. @throws DataError where the text is not that of a state of the same arrays.
  void load(std::string_view saved);

 private:
  struct Entry {
    ArraySpec spec;
    std::function<double*(double*)> copy;
    std::function<void(std::string&)> save;       // null of derived arrays
    std::function<void(std::string_view&)> load;  // the same
    std::function<double()> bytes;                // the same
  };

  Entry& insert(const ArraySpec& spec);
  std::size_t find(std::string_view name) const;
  static void require(bool is_whole);
  template <class T>
  static void append(std::string& out, const T* values, Index count) {
    out.append(reinterpret_cast<const char*>(values), static_cast<std::size_t>(count) * sizeof(T));
  }
  template <class T>
  static void take(std::string_view& in, T* values, Index count) {
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
    require(bytes <= in.size());
    if (bytes > 0) std::memcpy(values, in.data(), bytes);
    in.remove_prefix(bytes);
  }

  std::vector<Entry> entries_;
};

/// One row of a market's table: an array's declaration, and how a market `M` adds it to its state:
/// from memory of its own, or written on demand. (Few types of functions: they compile quickly.)
template <class M>
struct ArrayRow {
  ArraySpec spec;
  void (*bind)(State&, const ArraySpec&, M&) = nullptr;
  std::function<double*(M&, double*)> write = {};
};

/// An array that lies in the market: `Where{}(market)` is a reference to it.
template <class M, class Where>
ArrayRow<M> stored(ArraySpec spec, Where) {
  static_assert(std::is_empty_v<Where>, "a lambda that captures nothing");
  return {std::move(spec),
          [](State& state, const ArraySpec& of, M& market) { state.add(of, Where{}(market)); }};
}

/// An array that is written on demand: `write(market, out)` returns the end of what it wrote.
template <class M>
ArrayRow<M> derived(ArraySpec spec, std::function<double*(M&, double*)> write) {
  return {std::move(spec), nullptr, std::move(write)};
}

template <class M>
void bind_all(const std::vector<ArrayRow<M>>& rows, State& state, M& market) {
  for (const ArrayRow<M>& row : rows)
    if (row.bind)
      row.bind(state, row.spec, market);
    else
      state.add_derived(row.spec,
                        [write = row.write, &market](double* out) { return write(market, out); });
}

template <class M>
std::vector<ArraySpec> specs_of(const std::vector<ArrayRow<M>>& rows) {
  std::vector<ArraySpec> specs;
  for (const ArrayRow<M>& row : rows) specs.push_back(row.spec);
  return specs;
}

}  // namespace gbid
