// rc_moves_properties: what is proved of rc_moves, for any moves, legal or not, commands and beats taken at any
// time, results that end at any time, and a reset at any time. rc_walk and rc_column_walk are replaced by what
// is known of them: from load to its last beat a walk is valid, and its addresses may be any. rc_move_check is
// one whose verdict, number of steps and time may be any: the move's own fields of kept lines and columns, which
// rc_moves does not look at, say the first two.
//
// M1  Never are results of more than two moves on their way.
// M2  While they are of two, the newer one reads nothing that the older one writes, as operand or residual, and
//     writes nothing that the older one's residual reads; it does not read A if that one has a residual; and two
//     moves of tiles do not write the same addresses.
// M3  An operand that is read from where a move whose feed has ended has still to write is an error in the cycle
//     behind, and so is one outside of the promised range.
// M4  A move starts only if it is legal. An error's code is 6 to 9, or that of the illegal move that waits, and all
//     before it are done.
// M5  An error stays until a reset. Nothing is commanded, offered or taken with it.
// M6  Moves start in the order in which they are taken, each once, unchanged.
// M7  Rows of A are read only while reads_a_o is high, columns of B only while reads_b_o is, or an error is in the
//     cycle behind.
`include "move_fields.vh"
module rc_walk #(
    parameter integer ADDRESS_W = 16,
    parameter integer COUNT_W   = 16,
    parameter integer BEAT_W    = 24
) (
    input  wire                   clk_i,
    input  wire                   rst_i,
    input  wire                   load_i,
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
    output wire                   valid_o,
    output wire [  ADDRESS_W-1:0] address_o,
    output wire                   zero_o,
    output wire                   last_o,
    input  wire                   next_i
);
  reg active_q;
  always @(posedge clk_i) active_q <= !rst_i && (load_i || (active_q && !(next_i && last_o)));
  assign valid_o = active_q;
  (* anyseq *) wire [ADDRESS_W-1:0] address;
  (* anyseq *) wire zero, last;
  assign {address_o, zero_o, last_o} = {address, zero, last};
endmodule

module rc_column_walk #(
    parameter integer ADDRESS_W = 16,
    parameter integer COUNT_W   = 16
) (
    input  wire                 clk_i,
    input  wire                 rst_i,
    input  wire                 load_i,
    input  wire [ADDRESS_W-1:0] base_i,
    input  wire [  COUNT_W-1:0] count_i,
    input  wire                 line_step_i,
    input  wire [  COUNT_W-1:0] runs_i,
    input  wire [  COUNT_W-1:0] groups_i,
    input  wire [ADDRESS_W-1:0] group_step_i,
    output wire                 valid_o,
    output wire [ADDRESS_W-1:0] address_o,
    input  wire                 next_i
);
  reg active_q;
  (* anyseq *) wire [ADDRESS_W-1:0] address;
  (* anyseq *) wire last;
  always @(posedge clk_i) active_q <= !rst_i && (load_i || (active_q && !(next_i && last)));
  assign valid_o = active_q;
  assign address_o = address;
endmodule

module rc_move_check #(
    parameter integer N       = 4,
    parameter integer A_DEPTH = 1024,
    parameter integer B_DEPTH = 1024,
    parameter integer W_DEPTH = 1024,
    parameter integer Q_DEPTH = 64,
    parameter integer S_DEPTH = 1024,
    parameter integer TABLES  = 0,
    parameter integer MAX_K   = 4608
) (
    input  wire              clk_i,
    input  wire              load_i,
    input  wire [MOVE_W-1:0] move_i,
    output wire              ready_o,
    output wire [       3:0] error_o,
    output wire [      15:0] steps_o
);
  (* anyseq *) wire soon;
  reg ready_q;
  always @(posedge clk_i) ready_q <= !load_i && (ready_q || soon);
  assign ready_o = ready_q;
  assign error_o = move_i[F_KEPT_LINES+:4];
  assign steps_o = move_i[F_KEPT_COLUMNS+:16];
endmodule

module rc_moves_properties #(
    parameter integer N         = 4,
    parameter integer ADDRESS_W = 2,
    parameter integer COUNT_W   = 5
) (
    input  wire              clk_i,
    input  wire              rst_i,
    input  wire              move_valid_i,
    input  wire [MOVE_W-1:0] move_i,
    input  wire              done_i,        // the oldest move's results are written
    input  wire              halt_i,
    input  wire              cmd_ready_i,
    input  wire              cmd_error_i,
    input  wire              gap_error_i,
    input  wire              active_i,
    input  wire              op_ready_i,
    input  wire              tap_ready_i,
    output wire [       7:1] violated_o
);
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  // ---------------------------------------------------------------- moves that have started, the oldest first
  reg [1:0] count_q;
  wire done = done_i && count_q != 0;
  wire ready, start, error, cmd_valid, op_valid;
  wire rows_read, rows_from_w, columns_read, columns_from_b, waiting, reads_a, reads_b;
  wire [3:0] error_code;
  wire [ADDRESS_W-1:0] rows_address, columns_address;
  wire [MOVE_W-1:0] move;
  rc_moves #(
      .N(N),
      .ADDRESS_W(ADDRESS_W),
      .COUNT_W(COUNT_W)
  ) u_moves (
      .clk_i(clk_i),
      .rst_i(rst),
      .move_valid_i(move_valid_i),
      .move_ready_o(ready),
      .move_i(move_i),
      .start_o(start),
      .moves_i(count_q),
      .waiting_o(waiting),
      .error_o(error),
      .error_code_o(error_code),
      .halt_i(halt_i),
      .halt_code_i(4'd9),
      .move_o(move),
      .cmd_valid_o(cmd_valid),
      .cmd_ready_i(cmd_ready_i),
      .cmd_count_o(),
      .cmd_rows_o(),
      .cmd_beats_o(),
      .cmd_stream_o(),
      .cmd_chain_o(),
      .cmd_cols_o(),
      .cmd_taps_o(),
      .cmd_pitch_o(),
      .cmd_error_i(cmd_error_i),
      .gap_error_i(gap_error_i),
      .active_i(active_i),
      .op_valid_o(op_valid),
      .op_ready_i(op_ready_i),
      .tap_ready_i(tap_ready_i),
      .rows_read_o(rows_read),
      .rows_from_w_o(rows_from_w),
      .rows_address_o(rows_address),
      .columns_read_o(columns_read),
      .columns_from_b_o(columns_from_b),
      .columns_address_o(columns_address),
      .rows_zero_o(),
      .reads_a_o(reads_a),
      .reads_b_o(reads_b)
  );

  // Of a move, what the rules are about.
  localparam integer FACTS_W = 6 + 8 * ADDRESS_W;
  function [FACTS_W-1:0] facts(input [MOVE_W-1:0] of);
    facts = {of[F_WINDOWS], of[F_ROWS_FROM_W], of[F_COLUMNS_FROM_B], of[F_RESULTS_TO_B], of[F_RESIDUAL], 1'b0,
             of[F_ROWS_RANGE_FIRST+:ADDRESS_W], of[F_ROWS_RANGE_LAST+:ADDRESS_W], of[F_COLUMNS_RANGE_FIRST+:ADDRESS_W],
             of[F_COLUMNS_RANGE_LAST+:ADDRESS_W], of[F_RESULTS_RANGE_FIRST+:ADDRESS_W], of[F_RESULTS_RANGE_LAST+:ADDRESS_W],
             of[F_RESULTS_RANGE_FIRST+:ADDRESS_W] + of[F_RESIDUAL_OFFSET+:ADDRESS_W],
             of[F_RESULTS_RANGE_LAST+:ADDRESS_W] + of[F_RESIDUAL_OFFSET+:ADDRESS_W]};
  endfunction
  reg [FACTS_W-1:0] newer_q, older_q;
  always @(posedge clk_i) begin
    if (start) {newer_q, older_q} <= {facts(move), newer_q};
    count_q <= rst ? 0 : count_q + start - done;
  end
  wire newer_windows, newer_from_w, newer_from_b, newer_to_b, newer_residual, unused_newer;
  wire [ADDRESS_W-1:0] rows_first, rows_last, columns_first, columns_last, writes_first, writes_last, adds_first, adds_last;
  assign {newer_windows, newer_from_w, newer_from_b, newer_to_b, newer_residual, unused_newer, rows_first, rows_last,
          columns_first, columns_last, writes_first, writes_last, adds_first, adds_last} = newer_q;
  wire older_windows, older_from_w, older_from_b, older_to_b, older_residual, unused_older;
  wire [ADDRESS_W-1:0] r0, r1, c0, c1, wrote_first, wrote_last, added_first, added_last;
  assign {older_windows, older_from_w, older_from_b, older_to_b, older_residual, unused_older, r0, r1, c0, c1,
          wrote_first, wrote_last, added_first, added_last} = older_q;
  function apart(input [ADDRESS_W-1:0] a, input [ADDRESS_W-1:0] b, input [ADDRESS_W-1:0] c, input [ADDRESS_W-1:0] d);
    apart = b < c || d < a;
  endfunction
  wire two = count_q == 2;
  wire rows_apart = newer_from_w || older_to_b || apart(rows_first, rows_last, wrote_first, wrote_last);
  wire columns_apart = !newer_from_b || !older_to_b || apart(columns_first, columns_last, wrote_first, wrote_last);
  wire added_apart = !newer_residual || older_to_b || apart(adds_first, adds_last, wrote_first, wrote_last);
  wire port_free = !older_residual || newer_from_w;
  wire kept = !older_residual || newer_to_b || apart(writes_first, writes_last, added_first, added_last);
  wire tiles_apart = older_windows || newer_windows || older_to_b != newer_to_b
      || apart(writes_first, writes_last, wrote_first, wrote_last);

  // ---------------------------------------------------------------- reads
  function within(input [ADDRESS_W-1:0] address, input [ADDRESS_W-1:0] first, input [ADDRESS_W-1:0] last);
    within = address >= first && address <= last;
  endfunction
  wire bad_rows = rows_read && (!within(rows_address, rows_first, rows_last)
      || (two && !rows_from_w && !older_to_b && within(rows_address, wrote_first, wrote_last)));
  wire bad_columns = columns_read && (!within(columns_address, columns_first, columns_last)
      || (two && columns_from_b && older_to_b && within(columns_address, wrote_first, wrote_last)));
  reg bad_q, error_q;

  // ---------------------------------------------------------------- moves that are taken
  reg waits_q;
  reg [MOVE_W-1:0] taken_q;
  wire take = move_valid_i && ready;
  always @(posedge clk_i) begin
    if (take) taken_q <= move_i;
    waits_q <= !rst && (take || (waits_q && !start));
    bad_q <= !rst && (bad_rows || bad_columns);
    error_q <= !rst && error;
  end
  wire [3:0] refused = taken_q[F_KEPT_LINES+:4];
  reg none_q;
  always @(posedge clk_i) none_q <= count_q == 0;

  wire [7:1] holds;
  assign holds[1] = !start || count_q < 2;
  assign holds[2] = !two || (rows_apart && columns_apart && added_apart && port_free && kept && tiles_apart);
  assign holds[3] = !bad_q || error;
  wire found = error_code >= 6 && error_code <= 9;
  assign holds[4] = (!start || move[F_KEPT_LINES+:4] == 0)
      && (!error || error_q || found || (error_code != 0 && waits_q && error_code == refused && none_q));
  assign holds[5] = (!error_q || error) && (!error || (!cmd_valid && !op_valid && !ready));
  assign holds[6] = (!start || (waits_q && move == taken_q)) && (!take || !waits_q || start);
  reg late_q;
  always @(posedge clk_i) late_q <= !rst && columns_read && columns_from_b && !reads_b;
  assign holds[7] = (!rows_read || rows_from_w || reads_a) && (!late_q || error);
  assign violated_o = started_q && !rst ? ~holds : 0;
endmodule
