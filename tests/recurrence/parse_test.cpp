// The text form: what it takes, and what it refuses, with line and column.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generator/error.h"
#include "sim/recurrence/library.h"
#include "sim/recurrence/parse.h"

namespace rowcast::recurrence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Recurrence read(const std::string& text) { return parse(text, "name", "f.txt"); }

// What is said of a text.
std::string problem(const std::string& text) {
  try {
    read(text);
  } catch (const InputError& error) {
    EXPECT_EQ(error.problems().size(), 1u);
    return error.what();
  }
  return "";
}

const std::string kGood = "index i < M = 4\nindex j < N = 5\nindex k < K = 6\n";

// The equation after three good indices, which is line 4.
std::string equation_problem(const std::string& equation) { return problem(kGood + equation); }

TEST(RecurrenceTexts, are_read) {
  const Recurrence recurrence = read(
      "\xef\xbb\xbf# a comment\r\n\ttitle Any \xc3\xa9 title  # not this\r\n\r\nindex i<M=4\n"
      "index j < M\nO[ i ,3 ]+=A[2*i-j*3+ 4 - 1,-i]*B[i - i + j, 0]");
  EXPECT_EQ(recurrence.title, "Any \xc3\xa9 title");
  ASSERT_EQ(recurrence.indices.size(), 2u);
  EXPECT_EQ(recurrence.bound(0), 4);
  EXPECT_EQ(recurrence.bound(1), 4);
  const auto& [output, a, b] = recurrence.references;
  EXPECT_EQ(output.subscripts[1].constant, 3);
  EXPECT_THAT(a.subscripts[0].coefficients, ElementsAre(2, -3));
  EXPECT_EQ(a.subscripts[0].constant, 3);
  EXPECT_THAT(a.subscripts[1].coefficients, ElementsAre(-1, 0));
  EXPECT_THAT(b.subscripts[0].coefficients, ElementsAre(0, 1));
  EXPECT_THAT(b.subscripts[1].coefficients, ElementsAre(0, 0));
}

TEST(RecurrenceTexts, are_written_as_they_are_read) {
  for (const std::string& name : builtin()) {
    const Recurrence recurrence = find(name);
    const std::string text = text_of(recurrence);
    EXPECT_EQ(text_of(parse(text, name, "f.txt")), text);
    EXPECT_FALSE(recurrence.title.empty()) << name;
  }
  EXPECT_EQ(text_of(read("index i < N = 2\nindex j < N\nO[-i + 1] += A[3*j - 2*i] * B[0, i]\n")),
            "index i < N = 2\nindex j < N\nO[-i + 1] += A[-2*i + 3*j] * B[0, i]\n");
}

TEST(RecurrenceTexts, without_an_equation_are_refused) {
  EXPECT_EQ(problem(""),
            "f.txt:1:1: ends without an equation, allowed is O[i, j] += A[i, k] * B[k, j]");
  EXPECT_EQ(problem("# nothing\n\n"),
            "f.txt:3:1: ends without an equation, allowed is O[i, j] += A[i, k] * B[k, j]");
  EXPECT_EQ(problem(kGood).substr(0, 12), "f.txt:4:1: e");
}

TEST(RecurrenceTexts, with_bad_indices_are_refused) {
  EXPECT_EQ(problem("index"),
            "f.txt:1:6: the end of the line is no name, an index is needed: letters, digits and _, "
            "no digit first");
  EXPECT_EQ(problem("index 2 < N"),
            "f.txt:1:7: '2' is no name, an index is needed: letters, "
            "digits and _, no digit first");
  EXPECT_EQ(problem("index i > N"), "f.txt:1:9: '>' follows index i, allowed is '<'");
  EXPECT_EQ(problem("index i < 4"),
            "f.txt:1:11: '4' is no name, a bound is needed: letters, "
            "digits and _, no digit first");
  EXPECT_EQ(problem("index i < N\n"),
            "f.txt:1:12: the end of the line follows bound N, which is new and needs an example "
            "value, allowed is '='");
  for (const char* value : {"0", "1048577", "99999999999999999999999999"})
    EXPECT_EQ(problem(std::string("index i < N = ") + value),
              std::string("f.txt:1:15: '") + value + "' is out of range, allowed is 1 to 1048576");
  EXPECT_EQ(problem("index i < N = -3"), "f.txt:1:15: '-' is no number, allowed is 1 to 1048576");
  EXPECT_EQ(problem("index i < N = 3x"),
            "f.txt:1:15: '3x' is no number, allowed is 1 to 1048576 (a product has a *)");
  EXPECT_EQ(problem("index i < N = 3 4"),
            "f.txt:1:17: '4' follows index i, allowed is the end of the line");
  EXPECT_EQ(problem("index i < N = 3\nindex i < N"),
            "f.txt:2:7: 'i' is an index already, another name is needed");
  EXPECT_EQ(problem("index i < N = 3\nindex j < N = 3"),
            "f.txt:2:11: 'N' has a value already, 3, allowed is one");
  EXPECT_EQ(problem("index i < N = 3\nindex N < M = 3"),
            "f.txt:2:7: 'N' is a bound already, another name is needed");
  EXPECT_EQ(problem("index i < i = 3"),
            "f.txt:1:11: 'i' is an index already, another name is needed");
  EXPECT_EQ(problem("index index < N = 3"),
            "f.txt:1:7: 'index' is a word of the form, another name is needed");
  std::string many;
  for (char name = 'a'; name < 'j'; ++name)
    many += std::string("index ") + name + " < N" + (name == 'a' ? " = 2\n" : "\n");
  EXPECT_EQ(problem(many), "f.txt:9:7: there are more than 8 indices, allowed are up to 8");
  EXPECT_EQ(problem("index " + std::string(33, 'i') + " < N = 3"),
            "f.txt:1:7: a name has 33 characters, allowed are up to 32");
}

TEST(RecurrenceTexts, with_subscripts_that_are_not_affine_are_refused) {
  EXPECT_EQ(equation_problem("O[i, j] += A[i*k] * B[k, j]"),
            "f.txt:4:16: 'k' times 'i' is not affine, allowed are integers times indices");
  EXPECT_EQ(equation_problem("O[i, j] += A[2*3] * B[k, j]"),
            "f.txt:4:16: '3' is no part of a subscript, allowed are sums of integers, indices and "
            "integers times indices");
  for (const char c : {'/', '%', '('})
    EXPECT_EQ(equation_problem(std::string("O[i, j] += A[i ") + c + " 2] * B[k, j]"),
              std::string("f.txt:4:16: '") + c +
                  "' makes a subscript that is not affine, allowed are sums of integers, indices "
                  "and integers times indices");
  EXPECT_EQ(equation_problem("O[i, j] += A[(i)] * B[k, j]"),
            "f.txt:4:14: '(' is no part of a subscript, allowed are sums of integers, indices and "
            "integers times indices");
  EXPECT_EQ(equation_problem("O[i, j] += A[N*i] * B[k, j]"),
            "f.txt:4:14: 'N' is a bound, allowed are the indices i, j, k");
  EXPECT_EQ(equation_problem("O[i, j] += A[q] * B[k, j]"),
            "f.txt:4:14: 'q' is undefined, allowed are the indices i, j, k");
  EXPECT_EQ(equation_problem("O[i, j] += A[2i] * B[k, j]"),
            "f.txt:4:14: '2i' is no number, allowed is 0 to 1000000 (a product has a *)");
  EXPECT_EQ(equation_problem("O[i, j] += A[65*i] * B[k, j]"),
            "f.txt:4:14: the coefficient of 'i' is 65, allowed is -64 to 64");
  EXPECT_EQ(equation_problem("O[i, j] += A[60*i + k + 5*i] * B[k, j]"),
            "f.txt:4:25: the coefficient of 'i' is 65, allowed is -64 to 64");
  EXPECT_EQ(equation_problem("O[i, j] += A[i + 1000000 + 1] * B[k, j]"),
            "f.txt:4:28: the subscript's constant is 1000001, allowed is -1000000 to 1000000");
  EXPECT_THAT(equation_problem("O[i, j] += A[i + 9999999999999999999999] * B[k, j]"),
              HasSubstr("f.txt:4:18: '9999999999999999999999' is out of range"));
}

TEST(RecurrenceTexts, with_bad_equations_are_refused) {
  EXPECT_EQ(problem("O[0] += A[0] * B[0]"),
            "f.txt:1:1: 'O' comes before any index, allowed is index i < N = 8");
  EXPECT_EQ(equation_problem("O[i, j] = A[i, k] * B[k, j]"),
            "f.txt:4:9: '=' follows the output, allowed is '+='");
  EXPECT_EQ(equation_problem("O[i, j] += A[i, k] + B[k, j]"),
            "f.txt:4:20: '+' follows the first input, allowed is '*'");
  EXPECT_EQ(equation_problem("O[i, j] += A[i, k]"),
            "f.txt:4:19: the end of the line follows the first input, allowed is '*'");
  EXPECT_EQ(equation_problem("O[i, j] += A[i, k] * B[k, j] * C[i]"),
            "f.txt:4:30: '*' follows the second input, allowed is the end of the line");
  EXPECT_EQ(equation_problem("O[i, j] += A[i, k] * B"),
            "f.txt:4:23: the end of the line follows array B, allowed is '['");
  EXPECT_EQ(equation_problem("O[] += A[i, k] * B[k, j]"),
            "f.txt:4:3: ']' is no part of a subscript, allowed are sums of integers, indices and "
            "integers times indices");
  EXPECT_EQ(equation_problem("O[i, j += A[i, k] * B[k, j]"),
            "f.txt:4:9: '=' is no part of a subscript, allowed are sums of integers, indices and "
            "integers times indices");
  EXPECT_EQ(equation_problem("O[i j] += A[i, k] * B[k, j]"),
            "f.txt:4:5: 'j' follows a subscript, allowed is ']'");
  EXPECT_EQ(equation_problem("A[i, j] += A[i, k] * B[k, j]"),
            "f.txt:4:12: 'A' is an array already, another name is needed");
  EXPECT_EQ(equation_problem("O[i, j] += K[i, k] * B[k, j]"),
            "f.txt:4:12: 'K' is a bound already, another name is needed");
  EXPECT_EQ(equation_problem("O[i, j] += A[i] * B[j]"),
            "f.txt:4:1: index 'k' is in no subscript, allowed are indices that are used");
  EXPECT_EQ(equation_problem("O[i, j] += A[i, k] * B[k, j]\nindex l < K"),
            "f.txt:5:1: 'index' follows the equation, which ends the file");
  EXPECT_EQ(equation_problem("O[i,i,i,i,i,i,i,i,i] += A[i, k] * B[k, j]"),
            "f.txt:4:19: O has more than 8 subscripts, allowed are up to 8");
  EXPECT_EQ(equation_problem("= 3"),
            "f.txt:4:1: '=' begins a line, allowed are title, index and the equation's output");
  EXPECT_EQ(equation_problem("\xc3\xa9[i]"),
            "f.txt:4:1: '\xc3\xa9' begins a line, allowed are title, index and the equation's "
            "output");
  EXPECT_THAT(equation_problem(std::string("\0[i]", 4)), HasSubstr("f.txt:4:1: '\\x00' begins"));
}

TEST(RecurrenceTexts, with_bad_titles_are_refused) {
  EXPECT_EQ(problem("title\n"), "f.txt:1:6: title is empty, a text is needed");
  EXPECT_EQ(problem("title a\ntitle b"), "f.txt:2:1: title is given twice, allowed is once");
  EXPECT_THAT(problem("title \x1b[2J"), HasSubstr("f.txt:1:7: the title is '\\x1b[2J'"));
  EXPECT_THAT(problem("title " + std::string(201, 'x')), HasSubstr("up to 200 bytes"));
}

TEST(RecurrenceTexts, of_any_length_are_refused_at_once) {
  EXPECT_EQ(problem(std::string(10'000'000, 'x')),
            "f.txt:1:1: is 10000000 bytes long, allowed are up to 65536");
  EXPECT_THAT(problem(kGood + "O[" + std::string(60'000, '-') + "i]"), HasSubstr("f.txt:4:4: '-'"));
}

TEST(RecurrenceTexts, of_too_many_operations_are_refused) {
  EXPECT_EQ(problem("index i < N = 1048576\nindex j < N\nindex k < K = 2\n"
                    "O[i, j] += A[i, k] * B[k, j]"),
            "name: has more than 1099511627776 operations with these bounds, allowed are up to "
            "1099511627776");
  EXPECT_EQ(problem("index i < N = 1048576\nindex j < N\nindex k < K = 1\n"
                    "O[i, j] += A[i, k] * B[k, j]"),
            "");
}

TEST(Bounds, are_put_in_the_place_of_examples_or_refused_all_at_once) {
  Recurrence recurrence = find("gemm");
  set_bounds(recurrence, "N=7,K=9", "--bounds");
  EXPECT_EQ(recurrence.bound(0), 64);
  EXPECT_EQ(recurrence.bound(1), 7);
  EXPECT_EQ(recurrence.bound(2), 9);
  try {
    set_bounds(recurrence, "Q=1,N,K=0,M=2,M=3,N=1x,,i=4,K=1048577", "--bounds");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.problems(),
                ElementsAre("--bounds: 'Q' is no bound of gemm, allowed are M, N, K",
                            "--bounds: 'N' has no value, allowed is M=8",
                            "--bounds: K is '0', allowed is 1 to 1048576",
                            "--bounds: M is given twice, allowed is once",
                            "--bounds: N is '1x', allowed is 1 to 1048576",
                            "--bounds: '' has no value, allowed is M=8",
                            "--bounds: 'i' is no bound of gemm, allowed are M, N, K",
                            "--bounds: K is given twice, allowed is once"));
  }
  EXPECT_THROW(set_bounds(recurrence, "M=1048576,N=1048576,K=2", "--bounds"), InputError);
}

TEST(Library, knows_names_and_files) {
  EXPECT_THAT(builtin(), ElementsAre("conv1d", "conv2d", "depthwise", "depthwise-multiplier",
                                     "fuse-col", "fuse-row", "gemm", "pointwise"));
  try {
    find("../recurrences/gemm");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("recurrence: '../recurrences/gemm' is unknown, allowed are "
                                        "conv1d, conv2d, "));
  }
}

}  // namespace
}  // namespace rowcast::recurrence
