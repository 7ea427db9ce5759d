// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Manual pages and completion for shells, from the tables of commands and options.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>

#include "engine/cli/options.hpp"
#include "engine/config/suggestion.hpp"
#include "engine/core/version.hpp"

namespace gbid::cli {
namespace {

constexpr std::array<const char*, 3> kShells = {"bash", "zsh", "fish"};

/// "-o --output --force ..."
std::string words_of(const Command& command) {
  std::string words;
  for (const OptionTable::Row& row : options_of(command).rows) {
    if (row.letter) words += fmt::format("-{} ", row.letter);
    words += fmt::format("--{} ", row.name);
  }
  if (!words.empty()) words.pop_back();
  return words;
}

/// In single quotes of a shell.
std::string in_quotes(std::string text) {
  for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 4)
    text.replace(at, 1, "'\\''");
  return "'" + text + "'";
}

std::string for_bash() {
  std::string names, cases;
  for (const Command& command : commands()) {
    names += fmt::format("{}{}", names.empty() ? "" : " ", command.name);
    cases += fmt::format("    {}) words='{}' ;;\n", command.name, words_of(command));
  }
  return fmt::format(R"(# bash completion of gbid: source <(gbid completion bash)
_gbid() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} words=''
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '{} help --help --version' -- "$word"))
    return
  fi
  case ${{COMP_WORDS[1]}} in
{}    help) words='{}' ;;
  esac
  if [[ $word == -* || ${{COMP_WORDS[1]}} == help ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  fi
}}
complete -o default -F _gbid gbid
)",
                     names, cases, names);
}

std::string for_zsh() {
  std::string names, cases;
  for (const Command& command : commands()) {
    names +=
        fmt::format("    {}\n", in_quotes(fmt::format("{}:{}", command.name, command.summary)));
    std::string specs;
    for (const OptionTable::Row& row : options_of(command).rows) {
      std::string help = row.help;
      for (const char letter : {'[', ']', ':'}) std::replace(help.begin(), help.end(), letter, ' ');
      const std::string rest = fmt::format("[{}]{}", help, row.takes_value ? ":value:_files" : "");
      specs += " " + in_quotes(fmt::format("--{}{}", row.name, rest));
      if (row.letter) specs += " " + in_quotes(fmt::format("-{}{}", row.letter, rest));
    }
    cases += fmt::format("    {}) _arguments{} '*:file:_files' ;;\n", command.name, specs);
  }
  return fmt::format(R"(#compdef gbid
# zsh completion of gbid: source <(gbid completion zsh)
_gbid() {{
  local -a names=(
{}  )
  if ((CURRENT == 2)); then
    _describe command names
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
{}    help) _describe command names ;;
  esac
}}
compdef _gbid gbid
)",
                     names, cases);
}

std::string for_fish() {
  std::string text = "# fish completion of gbid: gbid completion fish | source\n";
  for (const Command& command : commands()) {
    text += fmt::format("complete -c gbid -n __fish_use_subcommand -a {} -d {}\n", command.name,
                        in_quotes(command.summary));
    for (const OptionTable::Row& row : options_of(command).rows)
      text +=
          fmt::format("complete -c gbid -n '__fish_seen_subcommand_from {}' -l {}{}{} -d {}\n",
                      command.name, row.name, row.letter ? fmt::format(" -s {}", row.letter) : "",
                      row.takes_value ? " -r" : "", in_quotes(row.help));
  }
  return text;
}

/// Text of a manual page: what roff would take for its own is escaped.
std::string roff(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '\\')
      out += "\\e";
    else if (letter == '-')
      out += "\\-";
    else
      out += letter;
  }
  if (!out.empty() && (out.front() == '.' || out.front() == '\'')) out = "\\&" + out;
  return out;
}

std::string man_page(const Command& command) {
  const OptionTable table = options_of(command);
  std::string text = fmt::format(
      ".TH \"GBID-{}\" 1 \"\" \"gbid {}\"\n.SH NAME\ngbid\\-{} \\- {}\n.SH SYNOPSIS\n.B "
      "gbid\n{}\n.SH OPTIONS\n",
      command.name, version(), command.name, roff(command.summary), roff(command.usage));
  for (const OptionTable::Row& row : table.rows) {
    text +=
        fmt::format(".TP\n.B {}{}\n{}{}\n", row.letter ? fmt::format("\\-{}, ", row.letter) : "",
                    roff("--" + row.name + (row.takes_value ? " VALUE" : "")), roff(row.help),
                    row.default_value.empty() ? "" : roff("; default " + row.default_value));
  }
  return text + ".SH SEE ALSO\n.BR gbid (1)\n";
}

std::string man_page() {
  std::string text = fmt::format(
      ".TH \"GBID\" 1 \"\" \"gbid {}\"\n.SH NAME\ngbid \\- markets of agents that learn by "
      "gradients\n"
      ".SH SYNOPSIS\n.B gbid\nCOMMAND [arguments]\n.SH DESCRIPTION\nPlays a market with every "
      "agent "
      "maximising its own payoff and with all maximising the common payoff, and reports the price "
      "of "
      "anarchy.\n.SH COMMANDS\n",
      version());
  for (const Command& command : commands())
    text += fmt::format(".TP\n.B {}\n{}\n", roff(command.usage), roff(command.summary));
  text += ".SH SEE ALSO\n";
  for (const Command& command : commands())
    text += fmt::format(".BR gbid\\-{} (1)\n", command.name);
  return text;
}

}  // namespace

ExitCode completion_command(const Arguments& arguments) {
  Options options("completion");
  options.positional({"SHELL"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  const std::string shell = options.get<std::string>("SHELL");
  if (std::find(kShells.begin(), kShells.end(), shell) == kShells.end())
    throw UsageError(fmt::format("completion: unknown shell {}{} (known: bash, zsh, fish)", shell,
                                 config::did_you_mean(shell, {kShells.begin(), kShells.end()})));
  std::cout << (shell == "bash" ? for_bash() : shell == "zsh" ? for_zsh() : for_fish());
  return ExitCode::kOk;
}

ExitCode man_command(const Arguments& arguments) {
  Options options("man");
  options.positional({"COMMAND"}, 0);
  if (!options.parse(arguments)) return ExitCode::kOk;
  if (!options.has("COMMAND")) {
    std::cout << man_page();
    return ExitCode::kOk;
  }
  const std::string name = options.get<std::string>("COMMAND");
  const auto all = commands();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Command& each) { return name == each.name; });
  if (found == all.end())
    throw UsageError(fmt::format("man: unknown command {}; see gbid --help", name));
  std::cout << man_page(*found);
  return ExitCode::kOk;
}

}  // namespace gbid::cli
