// rc_moves: takes moves, one after the other, and feeds the core: its commands, and the addresses of its
// operands.
//
// A move waits in a queue of one while the move before is fed, and is checked there. Its feed begins
// when that before has ended, results of at most one move are still on their way, and none of these is
// what it needs: it reads nothing that they write, and where both write one place, or read A for their
// residual, it waits.
//
// A beat's operands are read from the memories in the cycle before they are offered; a memory keeps what
// it read until the core takes it. So memories need one read port, and a stream is never interrupted.
//
// A move that is illegal, or that does not hold what it promised, is an error: nothing more is fed or
// written until the next reset.
module rc_moves #(
    parameter integer N         = /*%N*/4,       // rows and columns of the array
    parameter integer A_DEPTH   = /*%A_DEPTH*/1024,    // words of a lane of A, of B, of W
    parameter integer B_DEPTH   = /*%B_DEPTH*/1024,
    parameter integer W_DEPTH   = /*%W_DEPTH*/1024,
    parameter integer Q_DEPTH   = /*%Q_DEPTH*/64,      // scales of columns, of a lane, and of rows
    parameter integer S_DEPTH   = /*%S_DEPTH*/1024,
    parameter integer TABLES    = /*%TABLES*/0,
    parameter integer ADDRESS_W = 10,      // bits of an address of any memory
    parameter integer MAX_K     = /*%MAX_K*/4608,
    parameter integer TAG_W     = /*%TAG_W*/16,
    parameter integer COUNT_W   = 16       // bits of a count that are looked at: all; fewer for proofs
) (
    input  wire                         clk_i,
    input  wire                         rst_i,
    input  wire                         move_valid_i,
    output wire                         move_ready_o,
    input  wire [/*%MOVE_TOP*/931:0] move_i,
    output reg                          start_o,       // the feed of the move on move_o begins
    input  wire [                  1:0] moves_i,       // moves of which results are on their way or to come
    output wire                         waiting_o,     // a move is in the queue, or is fed
    output reg                          error_o,
    output reg  [                  3:0] error_code_o,
    input  wire                         halt_i,        // something else went wrong
    input  wire [                  3:0] halt_code_i,
    output wire [/*%MOVE_TOP*/931:0] move_o,        // that is fed, or was the last
    // To the core.
    output wire                         cmd_valid_o,
    input  wire                         cmd_ready_i,
    output wire [            TAG_W-1:0] cmd_count_o,
    output wire [  $clog2(N + 2)-1:0]   cmd_rows_o,
    output wire [$clog2(MAX_K + 2)-1:0] cmd_beats_o,
    output wire                         cmd_stream_o,
    output wire                         cmd_chain_o,
    output wire [  $clog2(N + 2)-1:0]   cmd_cols_o,
    output wire [$clog2(MAX_K + 2)-1:0] cmd_taps_o,
    output wire [$clog2(MAX_K + 2)-1:0] cmd_pitch_o,
    input  wire                         cmd_error_i,
    input  wire                         gap_error_i,
    input  wire                         active_i,
    output wire                         op_valid_o,
    input  wire                         op_ready_i,
    input  wire                         tap_ready_i,
    // To the memories: what is read in this cycle is offered from the next one on.
    output wire                         rows_read_o,
    output wire                         rows_from_w_o,
    output wire [        ADDRESS_W-1:0] rows_address_o,
    output wire                         columns_read_o,
    output wire                         columns_from_b_o,
    output wire [        ADDRESS_W-1:0] columns_address_o,
    output wire                         rows_zero_o,   // the beat on offer is zeros
    output wire                         reads_a_o,     // a beat from A is on offer or to come
    output wire                         reads_b_o      // and from B
);
  /*%MOVE_FIELDS*/fields
  localparam integer BEAT_W = 24;
  localparam integer ROW_W = $clog2(N + 2);
  localparam integer LENGTH_W = $clog2(MAX_K + 2);
  localparam [COUNT_W-1:0] ONE = 1;
  localparam [COUNT_W-1:0] LANES = N[COUNT_W-1:0];

  // Error codes, beside those of rc_move_check.
  localparam [3:0] COMMAND = 6;  // the core refuses a command: not of a move that was checked
  localparam [3:0] BEATS = 7;    // more beats than steps, or fewer
  localparam [3:0] READ = 8;     // an address outside of the promised range

  // ---------------------------------------------------------------- the queue
  reg head_valid_q;
  reg [/*%MOVE_TOP*/931:0] head_q;
  reg checked_q;
  reg hazard_q;
  reg [/*%MOVE_TOP*/931:0] move_q;  // that is fed, or was the last
  wire check_ready;
  wire [3:0] check_error;
  wire [15:0] check_steps;
  reg fresh_q;         // the head came in the cycle before
  wire take_move = move_valid_i && move_ready_o;
  assign move_ready_o = !head_valid_q && !error_o;
  assign move_o = move_q;

  rc_move_check #(
      .N(N),
      .A_DEPTH(A_DEPTH),
      .B_DEPTH(B_DEPTH),
      .W_DEPTH(W_DEPTH),
      .Q_DEPTH(Q_DEPTH),
      .S_DEPTH(S_DEPTH),
      .TABLES(TABLES),
      .MAX_K(MAX_K)
  ) u_check (
      .clk_i(clk_i),
      .load_i(take_move),
      .move_i(head_q),
      .ready_o(check_ready),
      .error_o(check_error),
      .steps_o(check_steps)
  );

  // What the head must not meet of the move before, while its results are on their way. A legal move's
  // addresses have ADDRESS_W bits.
  wire [ADDRESS_W-1:0] wrote_first = move_q[F_RESULTS_RANGE_FIRST+:ADDRESS_W];
  wire [ADDRESS_W-1:0] wrote_last = move_q[F_RESULTS_RANGE_LAST+:ADDRESS_W];
  wire [ADDRESS_W-1:0] writes_first = head_q[F_RESULTS_RANGE_FIRST+:ADDRESS_W];
  wire [ADDRESS_W-1:0] writes_last = head_q[F_RESULTS_RANGE_LAST+:ADDRESS_W];
  wire [ADDRESS_W-1:0] added_first = writes_first + head_q[F_RESIDUAL_OFFSET+:ADDRESS_W];
  wire [ADDRESS_W-1:0] added_last = writes_last + head_q[F_RESIDUAL_OFFSET+:ADDRESS_W];
  wire [ADDRESS_W-1:0] adds_first = wrote_first + move_q[F_RESIDUAL_OFFSET+:ADDRESS_W];
  wire [ADDRESS_W-1:0] adds_last = wrote_last + move_q[F_RESIDUAL_OFFSET+:ADDRESS_W];
  wire wrote_b = move_q[F_RESULTS_TO_B];
  wire writes_b = head_q[F_RESULTS_TO_B];
  wire head_reads_a = !head_q[F_ROWS_FROM_W];
  function meet(input [ADDRESS_W-1:0] first, input [ADDRESS_W-1:0] last, input [ADDRESS_W-1:0] other_first,
                input [ADDRESS_W-1:0] other_last);
    meet = first <= other_last && other_first <= last;
  endfunction
  wire reads_rows = head_reads_a && !wrote_b &&
      meet(head_q[F_ROWS_RANGE_FIRST+:ADDRESS_W], head_q[F_ROWS_RANGE_LAST+:ADDRESS_W], wrote_first, wrote_last);
  wire reads_columns = head_q[F_COLUMNS_FROM_B] && wrote_b &&
      meet(head_q[F_COLUMNS_RANGE_FIRST+:ADDRESS_W], head_q[F_COLUMNS_RANGE_LAST+:ADDRESS_W], wrote_first, wrote_last);
  wire reads_added = head_q[F_RESIDUAL] && !wrote_b && meet(added_first, added_last, wrote_first, wrote_last);
  wire port = move_q[F_RESIDUAL] && head_reads_a;
  wire overwrites_added = move_q[F_RESIDUAL] && !writes_b && meet(adds_first, adds_last, writes_first, writes_last);
  wire overwrites = !move_q[F_WINDOWS] && !head_q[F_WINDOWS] && wrote_b == writes_b &&
      meet(writes_first, writes_last, wrote_first, wrote_last);

  // ---------------------------------------------------------------- starts
  reg feeding_q;
  reg [2:0] quiet_q;              // cycles since the core was at work, in a feed
  reg commanding_q;               // commands are left
  wire operands_left;
  wire leftover = !feeding_q && (active_i || commanding_q || operands_left);
  wire free = moves_i == 2'd0 || (moves_i == 2'd1 && !hazard_q);
  wire legal = check_error == 4'd0;
  // Decided, registered, and then begun: all that begins is of registers alone.
  reg go_q;
  wire go = head_valid_q && checked_q && !feeding_q && !leftover && free && legal && !error_o && !go_q;
  assign waiting_o = head_valid_q || feeding_q;

  always @(posedge clk_i)
    if (rst_i) begin
      head_valid_q <= 1'b0;
      checked_q <= 1'b0;
      fresh_q <= 1'b0;
      go_q <= 1'b0;
      start_o <= 1'b0;
    end else begin
      if (take_move) head_valid_q <= 1'b1;
      else if (go_q) head_valid_q <= 1'b0;
      fresh_q <= take_move;
      checked_q <= head_valid_q && !fresh_q && check_ready && !go_q;
      go_q <= go;
      start_o <= go_q;
    end
  always @(posedge clk_i) begin
    if (take_move) head_q <= move_i;
    if (go_q) move_q <= head_q;
    hazard_q <= reads_rows || reads_columns || reads_added || port || overwrites_added || overwrites;
  end

  // ---------------------------------------------------------------- operands
  wire row_take, column_take;
  wire walk_valid, walk_zero, walk_last, column_valid;
  reg row_valid_q, row_zero_q, row_last_q, column_valid_q;
  wire row_next = walk_valid && (!row_valid_q || row_take);
  wire column_next = column_valid && (!column_valid_q || column_take);

  wire [4*COUNT_W-1:0] counts = {move_q[F_SEGMENT3_COUNT+:COUNT_W], move_q[F_SEGMENT2_COUNT+:COUNT_W],
                                 move_q[F_SEGMENT1_COUNT+:COUNT_W], move_q[F_SEGMENT0_COUNT+:COUNT_W]};

  rc_walk #(
      .ADDRESS_W(ADDRESS_W),
      .COUNT_W(COUNT_W),
      .BEAT_W(BEAT_W)
  ) u_rows (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .load_i(start_o),
      .count_i(counts),
      .base_i({move_q[F_SEGMENT3_BASE+:ADDRESS_W], move_q[F_SEGMENT2_BASE+:ADDRESS_W],
               move_q[F_SEGMENT1_BASE+:ADDRESS_W], move_q[F_SEGMENT0_BASE+:ADDRESS_W]}),
      .step_i({move_q[F_SEGMENT3_STEP+:ADDRESS_W], move_q[F_SEGMENT2_STEP+:ADDRESS_W],
               move_q[F_SEGMENT1_STEP+:ADDRESS_W], move_q[F_SEGMENT0_STEP+:ADDRESS_W]}),
      .zero_i({move_q[F_SEGMENT3_ZERO], move_q[F_SEGMENT2_ZERO], move_q[F_SEGMENT1_ZERO], move_q[F_SEGMENT0_ZERO]}),
      .line_step_i(move_q[F_ROWS_LINE_STEP+:ADDRESS_W]),
      .first_i(move_q[F_ROWS_FIRST+:COUNT_W]),
      .last_i(move_q[F_ROWS_LAST+:COUNT_W]),
      .run_beats_i(move_q[F_ROWS_RUN_BEATS+:BEAT_W]),
      .run_advance_i(move_q[F_ROWS_RUN_ADVANCE+:BEAT_W]),
      .runs_i(move_q[F_ROWS_RUNS+:COUNT_W]),
      .groups_i(move_q[F_ROWS_GROUPS+:COUNT_W]),
      .group_step_i(move_q[F_ROWS_GROUP_STEP+:ADDRESS_W]),
      .tail_i(move_q[F_ROWS_TAIL+:COUNT_W]),
      .valid_o(walk_valid),
      .address_o(rows_address_o),
      .zero_o(walk_zero),
      .last_o(walk_last),
      .next_i(row_next)
  );

  rc_column_walk #(
      .ADDRESS_W(ADDRESS_W),
      .COUNT_W(COUNT_W)
  ) u_columns (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .load_i(start_o),
      .base_i(move_q[F_COLUMNS_BASE+:ADDRESS_W]),
      .count_i(move_q[F_COLUMNS_COUNT+:COUNT_W]),
      .line_step_i(move_q[F_COLUMNS_LINE_STEP]),
      .runs_i(move_q[F_RUNS+:COUNT_W]),
      .groups_i(move_q[F_GROUPS+:COUNT_W]),
      .group_step_i(move_q[F_COLUMNS_GROUP_STEP+:ADDRESS_W]),
      .valid_o(column_valid),
      .address_o(columns_address_o),
      .next_i(column_next)
  );

  assign rows_read_o = row_next && !walk_zero;
  assign rows_from_w_o = move_q[F_ROWS_FROM_W];
  assign columns_read_o = column_next;
  assign columns_from_b_o = move_q[F_COLUMNS_FROM_B];
  assign rows_zero_o = row_zero_q;
  assign reads_a_o = feeding_q && !move_q[F_ROWS_FROM_W];
  assign reads_b_o = feeding_q && move_q[F_COLUMNS_FROM_B];

  assign op_valid_o = row_valid_q && column_valid_q && !error_o;
  assign row_take = op_valid_o && op_ready_i;
  assign column_take = row_take && (!move_q[F_WINDOWS] || tap_ready_i);
  assign operands_left = column_valid || column_valid_q;

  always @(posedge clk_i)
    if (rst_i) begin
      row_valid_q <= 1'b0;
      column_valid_q <= 1'b0;
    end else begin
      if (row_next) row_valid_q <= 1'b1;
      else if (row_take) row_valid_q <= 1'b0;
      if (column_next) column_valid_q <= 1'b1;
      else if (column_take) column_valid_q <= 1'b0;
    end
  always @(posedge clk_i)
    if (row_next) begin
      row_zero_q <= walk_zero;
      row_last_q <= walk_last;
    end

  wire feed_end = row_take && row_last_q;
  always @(posedge clk_i)
    if (rst_i) feeding_q <= 1'b0;
    else if (go_q) feeding_q <= 1'b1;
    else if (feed_end) feeding_q <= 1'b0;

  // ---------------------------------------------------------------- commands
  // Windows: one. Tiles: one for each group, or two if its last tile has fewer rows.
  reg second_q;
  reg [COUNT_W-1:0] commands_left_q, steps_q;
  wire split = move_q[F_RUNS+:COUNT_W] != ONE && move_q[F_LAST_ROWS+:COUNT_W] != LANES;
  wire [COUNT_W-1:0] tiles = second_q ? ONE : split ? move_q[F_RUNS+:COUNT_W] - ONE : move_q[F_RUNS+:COUNT_W];
  wire [COUNT_W-1:0] tile_rows = second_q || move_q[F_RUNS+:COUNT_W] == ONE ? move_q[F_LAST_ROWS+:COUNT_W] : LANES;
  wire [COUNT_W-1:0] count = move_q[F_WINDOWS] ? steps_q : tiles;
  wire [COUNT_W-1:0] rows = move_q[F_WINDOWS] ? move_q[F_COMMAND_ROWS+:COUNT_W] : tile_rows;
  wire command_take = cmd_valid_o && cmd_ready_i;
  wire group_end = move_q[F_WINDOWS] || second_q || !split;
  assign cmd_valid_o = commanding_q && !error_o;
  assign cmd_count_o = {{(TAG_W - COUNT_W) {1'b0}}, count};
  assign cmd_rows_o = rows[ROW_W-1:0];
  assign cmd_beats_o = move_q[F_BEATS+:LENGTH_W];
  assign cmd_stream_o = move_q[F_WINDOWS];
  assign cmd_chain_o = move_q[F_CHAIN];
  assign cmd_cols_o = move_q[F_POSITIONS+:ROW_W];
  assign cmd_taps_o = move_q[F_TAPS+:LENGTH_W];
  assign cmd_pitch_o = move_q[F_PITCH+:LENGTH_W];

  always @(posedge clk_i)
    if (rst_i) commanding_q <= 1'b0;
    else if (start_o) commanding_q <= 1'b1;
    else if (command_take && group_end && (move_q[F_WINDOWS] || commands_left_q == ONE)) commanding_q <= 1'b0;
  always @(posedge clk_i) if (go_q) steps_q <= check_steps[COUNT_W-1:0];
  always @(posedge clk_i)
    if (start_o) begin
      commands_left_q <= move_q[F_GROUPS+:COUNT_W];
      second_q <= 1'b0;
    end else if (command_take) begin
      second_q <= !group_end;
      if (group_end) commands_left_q <= commands_left_q - ONE;
    end

  // ---------------------------------------------------------------- errors
  localparam [3:0] NONE = 0;
  wire quiet = feeding_q && !start_o && !commanding_q && !active_i;
  wire bad_read =
      (rows_read_o && (rows_address_o < move_q[F_ROWS_RANGE_FIRST+:ADDRESS_W] ||
                       rows_address_o > move_q[F_ROWS_RANGE_LAST+:ADDRESS_W])) ||
      (columns_read_o && (columns_address_o < move_q[F_COLUMNS_RANGE_FIRST+:ADDRESS_W] ||
                          columns_address_o > move_q[F_COLUMNS_RANGE_LAST+:ADDRESS_W]));
  wire illegal = head_valid_q && checked_q && !feeding_q && moves_i == 2'd0 && !legal;
  wire [3:0] code = halt_i ? halt_code_i : bad_read ? READ : cmd_error_i ? COMMAND :
      gap_error_i || leftover || quiet_q == 3'd7 ? BEATS : illegal ? check_error : NONE;
  always @(posedge clk_i)
    if (rst_i) begin
      error_o <= 1'b0;
      error_code_o <= 4'd0;
      quiet_q <= 3'd0;
    end else begin
      quiet_q <= quiet ? quiet_q + 3'd1 : 3'd0;
      if (!error_o && code != NONE) begin
        error_o <= 1'b1;
        error_code_o <= code;
      end
    end

  wire unused = &{1'b0, rows};
endmodule
