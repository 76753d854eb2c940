// rc_walk_properties: what is proved of rc_walk, for any fields that a move may have, beats left at any time,
// and a reset at any time. The reference knows a walk as numbers: the run, the beat in it, and for both its
// first beat's place in the sequence, found by counting from the sequence's begin anew for every run.
//
// L1  valid_o is high exactly from load_i to the walk's last beat.
// L2  last_o, while valid_o, is high exactly on the last of runs * groups * run_beats + tail beats.
// L3  zero_o, while valid_o, is high exactly on the tail, in columns outside of [first, last), and in segments
//     marked zero.
// L4  address_o, of a beat that is not zeros, is the segment's base, and a step for each column, a line step for
//     each line, a group step for each group more.
module rc_walk_properties #(
    parameter integer ADDRESS_W = 2,
    parameter integer COUNT_W   = 2,
    parameter integer BEAT_W    = 2
) (
    input  wire                   clk_i,
    input  wire                   rst_i,
    input  wire                   load_i,
    input  wire                   next_i,
    input  wire [  4*COUNT_W-1:0] count_i,
    input  wire [4*ADDRESS_W-1:0] base_i,
    input  wire [4*ADDRESS_W-1:0] step_i,
    input  wire [            3:0] zero_i,
    input  wire [  ADDRESS_W-1:0] line_step_i,
    input  wire [    COUNT_W-1:0] first_i,
    input  wire [    COUNT_W-1:0] last_i,
    input  wire [     BEAT_W-1:0] run_beats_i,
    input  wire [     BEAT_W-1:0] run_advance_i,
    input  wire [    COUNT_W-1:0] runs_i,
    input  wire [    COUNT_W-1:0] groups_i,
    input  wire [  ADDRESS_W-1:0] group_step_i,
    input  wire [    COUNT_W-1:0] tail_i,
    output wire [            4:1] violated_o
);
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  // ---------------------------------------------------------------- fields, as loaded
  reg walking_q;
  reg [4*COUNT_W-1:0] count_q;
  reg [4*ADDRESS_W-1:0] base_q, step_q;
  reg [3:0] zero_q;
  reg [ADDRESS_W-1:0] line_step_q, group_step_q;
  reg [COUNT_W-1:0] first_q, last_q, runs_q, groups_q, tail_q;
  reg [BEAT_W-1:0] run_beats_q, run_advance_q;
  wire legal = count_i[COUNT_W-1:0] != 0 && run_beats_i != 0 && run_advance_i != 0
      && run_advance_i <= run_beats_i && runs_i != 0 && groups_i != 0;
  wire load = load_i && !walking_q && legal;
  // A loaded walk keeps its fields; those that come with load_i are the new ones.
  wire [4*COUNT_W-1:0] count = load ? count_i : count_q;
  wire [4*ADDRESS_W-1:0] base = load ? base_i : base_q;
  wire [ADDRESS_W-1:0] group_step = load ? group_step_i : group_step_q;
  wire [COUNT_W-1:0] runs = load ? runs_i : runs_q;
  wire [COUNT_W-1:0] groups = load ? groups_i : groups_q;
  wire [COUNT_W-1:0] tail = load ? tail_i : tail_q;
  wire [BEAT_W-1:0] run_beats = load ? run_beats_i : run_beats_q;
  wire [BEAT_W-1:0] run_advance = load ? run_advance_i : run_advance_q;

  wire valid, zero, last;
  wire [ADDRESS_W-1:0] address;
  rc_walk #(
      .ADDRESS_W(ADDRESS_W),
      .COUNT_W(COUNT_W),
      .BEAT_W(BEAT_W)
  ) u_walk (
      .clk_i(clk_i),
      .rst_i(rst),
      .load_i(load),
      .count_i(count),
      .base_i(base),
      .step_i(step_q),
      .zero_i(zero_q),
      .line_step_i(line_step_q),
      .first_i(first_q),
      .last_i(last_q),
      .run_beats_i(run_beats),
      .run_advance_i(run_advance),
      .runs_i(runs),
      .groups_i(groups),
      .group_step_i(group_step),
      .tail_i(tail),
      .valid_o(valid),
      .address_o(address),
      .zero_o(zero),
      .last_o(last),
      .next_i(next_i)
  );

  // ---------------------------------------------------------------- the beat, as numbers
  // The place of beat run * advance + beat: in a segment, at a line of it, in a column.
  localparam PLACE_W = 2 + 2 * COUNT_W;
  reg [COUNT_W-1:0] group_q, run_q, tails_q;
  reg [BEAT_W-1:0] beat_q;
  reg in_tail_q;
  reg [1:0] segment_q;
  reg [COUNT_W-1:0] line_q, column_q;

  function [PLACE_W-1:0] behind(input [PLACE_W-1:0] place, input [4*COUNT_W-1:0] counts);
    reg [1:0] segment;
    reg [COUNT_W-1:0] line, column, lines;
    begin
      {segment, line, column} = place;
      lines = counts[segment*COUNT_W+:COUNT_W];
      line = line + 1;
      if (line == lines) begin
        line = 0;
        segment = segment + 1;  // of four, so that the first is behind the last
        if (segment == 0 || counts[segment*COUNT_W+:COUNT_W] == 0) begin
          segment = 0;
          column = column + 1;
        end
      end
      behind = {segment, line, column};
    end
  endfunction

  // It has gone as far as the run's beats, but not further than run_advance.
  reg [PLACE_W-1:0] ahead_q;
  wire [PLACE_W-1:0] ahead = beat_q < run_advance_q ? behind(ahead_q, count_q) : ahead_q;
  wire run_end = beat_q == run_beats_q - 1;
  wire group_end = run_end && run_q == runs_q - 1;
  wire all_end = group_end && group_q == groups_q - 1;
  wire last_beat = in_tail_q ? tails_q == tail_q - 1 : all_end && tail_q == 0;

  always @(posedge clk_i) begin
    if (load) begin
      walking_q <= 1;
      {count_q, base_q, step_q, zero_q, line_step_q} <= {count_i, base_i, step_i, zero_i, line_step_i};
      {group_step_q, first_q, last_q, runs_q, groups_q} <= {group_step_i, first_i, last_i, runs_i, groups_i};
      {tail_q, run_beats_q, run_advance_q} <= {tail_i, run_beats_i, run_advance_i};
      {group_q, run_q, tails_q, beat_q, in_tail_q, segment_q, line_q, column_q, ahead_q} <= 0;
    end else if (walking_q && next_i) begin
      if (last_beat) walking_q <= 0;
      if (in_tail_q) tails_q <= tails_q + 1;
      else begin
        beat_q <= run_end ? 0 : beat_q + 1;
        if (run_end) run_q <= group_end ? 0 : run_q + 1;
        if (group_end) group_q <= group_q + 1;
        if (all_end) in_tail_q <= 1;
        ahead_q <= group_end ? 0 : ahead;
        {segment_q, line_q, column_q} <=
            group_end ? 0 : run_end ? ahead : behind({segment_q, line_q, column_q}, count_q);
      end
    end
    if (rst) walking_q <= 0;
  end

  wire expected_zero = in_tail_q || zero_q[segment_q] || column_q < first_q || column_q >= last_q;
  wire [ADDRESS_W-1:0] expected = base_q[segment_q*ADDRESS_W+:ADDRESS_W]
      + column_q * step_q[segment_q*ADDRESS_W+:ADDRESS_W] + line_q * line_step_q + group_q * group_step_q;

  wire [4:1] holds;
  assign holds[1] = valid == walking_q;
  assign holds[2] = !walking_q || last == last_beat;
  assign holds[3] = !walking_q || zero == expected_zero;
  assign holds[4] = !walking_q || expected_zero || address == expected;
  assign violated_o = started_q && !rst ? ~holds : 0;
endmodule
