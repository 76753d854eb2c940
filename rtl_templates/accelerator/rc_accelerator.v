// rc_accelerator: the array with its memories. Moves bring tensors from memory to memory; every move ends
// in the layout that the next one starts from, so nothing is ever transposed.
//
//     A activations ──rows──┐               ┌──► requantisation ──► A, B
//     W weights, taps ──────┼──► rc_core ───┤         ▲
//     B activations ─columns┘               │    S, Q scales
//     rc_moves: addresses, commands         └──► rc_places: whose each result is, and where it goes
//
// Behind requantisation a word may be looked up in one of TABLES tables, in the cycle in which it would be
// registered anyway. A residual is added to what was found.
//
// A read gives all lanes of a memory one address, but for the residual's; a result is written at an
// address of its lane's own. See the sheet for the fields of a move.
module rc_accelerator #(
    parameter integer N       = /*%N*/4,      // rows and columns of the array, and lanes, from 4
    parameter integer DATA_W  = /*%DATA_W*/8,       // bits of a word, signed
    parameter integer ACC_W   = /*%ACC_W*/32,      // bits of a sum
    parameter integer MAX_K   = /*%MAX_K*/4608,    // longest reduction, in beats
    parameter integer BROADCAST_STAGES = /*%BROADCAST_STAGES*/0,
    parameter integer MAC_STAGES = /*%MAC_STAGES*/0,
    parameter integer TAG_W   = /*%TAG_W*/16,      // bits of a number of steps
    parameter integer A_DEPTH = /*%A_DEPTH*/1024,    // words of a lane of A, of B, of W; up to 2^20
    parameter integer B_DEPTH = /*%B_DEPTH*/1024,
    parameter integer W_DEPTH = /*%W_DEPTH*/1024,
    parameter integer Q_DEPTH = /*%Q_DEPTH*/64,      // scales of columns, of a lane
    parameter integer S_DEPTH = /*%S_DEPTH*/1024,    // scales of rows
    parameter integer TABLES  = /*%TABLES*/0         // of 2^DATA_W words in every lane, up to 15
) (
    input  wire                clk_i,
    input  wire                rst_i,             // synchronous, active high
    // Moves: taken when valid and ready are high at a clock edge.
    input  wire                move_valid_i,
    output wire                move_ready_o,
    input  wire [/*%MOVE_TOP*/931:0] move_i,
    output wire                start_o,           // a move's feed begins, in the order of the moves
    output wire                done_o,            // a move's results are all in the memories, in their order
    output wire                idle_o,            // no move is there, and the array is washed
    output wire                error_o,           // until a reset: nothing is fed or written any more
    output wire [         3:0] error_code_o,
    // The host writes a memory: 0 A, 1 B, 2 W; 3 writes nothing. Results go first.
    input  wire                load_valid_i,
    output wire                load_ready_o,
    input  wire [         1:0] load_memory_i,
    input  wire [       N-1:0] load_lanes_i,
    input  wire [        19:0] load_address_i,
    input  wire [N*DATA_W-1:0] load_data_i,
    // And scales, at any time: into S, or into lanes of Q.
    input  wire                scale_valid_i,
    input  wire                scale_rows_i,
    input  wire [       N-1:0] scale_lanes_i,
    input  wire [        19:0] scale_address_i,
    input  wire [        49:0] scale_i,           // {post, pre, scale, bias}: 4, 6, 8, 32 bits
    // And words of tables, at any time, into all lanes.
    input  wire                table_valid_i,
    input  wire [        19:0] table_address_i,   // (a move's table - 1) * 2^DATA_W + the bits of the word before
    input  wire [  DATA_W-1:0] table_data_i,
    // The host reads: 0 A, 1 B. Operands go first.
    input  wire                read_valid_i,
    output wire                read_ready_o,
    input  wire                read_memory_i,
    input  wire [        19:0] read_address_i,
    output wire                read_done_o,       // the oldest read's data is on read_data_o
    output wire [N*DATA_W-1:0] read_data_o
);
  /*%MOVE_FIELDS*/fields
  localparam integer COUNT_W = 16;
  localparam integer DEPTH_AB = A_DEPTH > B_DEPTH ? A_DEPTH : B_DEPTH;
  localparam integer DEPTH_W = DEPTH_AB > W_DEPTH ? DEPTH_AB : W_DEPTH;
  localparam integer DEPTH_Q = DEPTH_W > Q_DEPTH ? DEPTH_W : Q_DEPTH;
  localparam integer DEPTH = DEPTH_Q > S_DEPTH ? DEPTH_Q : S_DEPTH;
  // A row's number is added to an address, so it has to fit one.
  localparam integer ADDRESS_W = $clog2(DEPTH) > $clog2(N + 1) ? $clog2(DEPTH) : $clog2(N + 1) + 1;
  localparam integer A_W = $clog2(A_DEPTH);
  localparam integer B_W = $clog2(B_DEPTH);
  localparam integer W_W = $clog2(W_DEPTH);
  localparam integer Q_W = $clog2(Q_DEPTH);
  localparam integer S_W = $clog2(S_DEPTH);
  localparam integer LINE_W = $clog2(N + 1);
  localparam integer LANE_W = $clog2(N);
  localparam integer ROW_W = $clog2(N + 2);
  localparam integer LENGTH_W = $clog2(MAX_K + 2);
  localparam integer SCALE_W = 50;
  // The number of a move's table goes with the clamp.
  localparam integer CLAMP_W = DATA_W + $clog2(TABLES + 1);

  // Illegal parameters stop elaboration: the missing module's name is the message.
  generate
    if (N < 4 || N > 1024) begin : gen_bad_n
      N_must_be_from_4_to_1024 u_error ();
    end
    if (A_DEPTH < 2 || B_DEPTH < 2 || W_DEPTH < 2 || Q_DEPTH < 2 || S_DEPTH < 2) begin : gen_bad_low
      DEPTHS_must_be_from_2 u_error ();
    end
    if (DEPTH > 1048576) begin : gen_bad_high
      DEPTHS_must_be_up_to_1048576 u_error ();
    end
    if (TAG_W < 16) begin : gen_bad_tag_w
      TAG_W_must_be_from_16 u_error ();
    end
    if (TABLES < 0 || TABLES > 15) begin : gen_bad_tables
      TABLES_must_be_from_0_to_15 u_error ();
    end
  endgenerate

  // ---------------------------------------------------------------- moves
  wire [/*%MOVE_TOP*/931:0] move;
  wire start;
  wire [1:0] moves;
  wire waiting;
  wire halt;
  wire [3:0] halt_code;
  wire cmd_valid, cmd_ready, cmd_stream, cmd_chain, cmd_error, gap_error, active, core_busy;
  wire [TAG_W-1:0] cmd_count;
  wire [ROW_W-1:0] cmd_rows, cmd_cols;
  wire [LENGTH_W-1:0] cmd_beats, cmd_taps, cmd_pitch;
  wire op_valid, op_ready, tap_ready;
  wire rows_read, rows_from_w, rows_zero, columns_read, columns_from_b, reads_a, reads_b;
  wire [ADDRESS_W-1:0] rows_address, columns_address;

  rc_moves #(
      .N(N),
      .A_DEPTH(A_DEPTH),
      .B_DEPTH(B_DEPTH),
      .W_DEPTH(W_DEPTH),
      .Q_DEPTH(Q_DEPTH),
      .S_DEPTH(S_DEPTH),
      .TABLES(TABLES),
      .ADDRESS_W(ADDRESS_W),
      .MAX_K(MAX_K),
      .TAG_W(TAG_W)
  ) u_moves (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .move_valid_i(move_valid_i),
      .move_ready_o(move_ready_o),
      .move_i(move_i),
      .start_o(start),
      .moves_i(moves),
      .waiting_o(waiting),
      .error_o(error_o),
      .error_code_o(error_code_o),
      .halt_i(halt),
      .halt_code_i(halt_code),
      .move_o(move),
      .cmd_valid_o(cmd_valid),
      .cmd_ready_i(cmd_ready),
      .cmd_count_o(cmd_count),
      .cmd_rows_o(cmd_rows),
      .cmd_beats_o(cmd_beats),
      .cmd_stream_o(cmd_stream),
      .cmd_chain_o(cmd_chain),
      .cmd_cols_o(cmd_cols),
      .cmd_taps_o(cmd_taps),
      .cmd_pitch_o(cmd_pitch),
      .cmd_error_i(cmd_error),
      .gap_error_i(gap_error),
      .active_i(active),
      .op_valid_o(op_valid),
      .op_ready_i(op_ready),
      .tap_ready_i(tap_ready),
      .rows_read_o(rows_read),
      .rows_from_w_o(rows_from_w),
      .rows_address_o(rows_address),
      .columns_read_o(columns_read),
      .columns_from_b_o(columns_from_b),
      .columns_address_o(columns_address),
      .rows_zero_o(rows_zero),
      .reads_a_o(reads_a),
      .reads_b_o(reads_b)
  );
  assign start_o = start;
  assign idle_o = !waiting && moves == 2'd0 && !core_busy;

  // ---------------------------------------------------------------- memories
  wire [N-1:0] a_write, b_write, w_write, q_write;
  wire [N*A_W-1:0] a_write_address, a_read_address;
  wire [N*B_W-1:0] b_write_address;
  wire [N*DATA_W-1:0] a_write_data, b_write_data;
  wire [N-1:0] a_read;
  wire b_read, w_read;
  wire [B_W-1:0] b_read_address;
  wire [W_W-1:0] w_read_address;
  wire [N*Q_W-1:0] q_read_address;
  wire [N*DATA_W-1:0] a_data, b_data, w_data;
  wire [N-1:0] core_valid;  // a result leaves: its scale is read
  wire [N*SCALE_W-1:0] q_data;
  wire [SCALE_W-1:0] s_data;
  wire [ADDRESS_W-1:0] row_scale_address;

  // What the host writes.
  reg load_q, scale_q, scale_rows_q;
  reg [1:0] load_memory_q;
  reg [N-1:0] load_lanes_q, scale_lanes_q;
  reg [ADDRESS_W-1:0] load_address_q, scale_address_q;
  reg [N*DATA_W-1:0] load_data_q;
  reg [SCALE_W-1:0] new_scale_q;

  rc_memory #(
      .N(N),
      .WIDTH(DATA_W),
      .DEPTH(A_DEPTH)
  ) u_a (
      .clk_i(clk_i),
      .write_i(a_write),
      .write_address_i(a_write_address),
      .data_i(a_write_data),
      .read_i(a_read),
      .read_address_i(a_read_address),
      .data_o(a_data)
  );
  rc_memory #(
      .N(N),
      .WIDTH(DATA_W),
      .DEPTH(B_DEPTH)
  ) u_b (
      .clk_i(clk_i),
      .write_i(b_write),
      .write_address_i(b_write_address),
      .data_i(b_write_data),
      .read_i({N{b_read}}),
      .read_address_i({N{b_read_address}}),
      .data_o(b_data)
  );
  rc_memory #(
      .N(N),
      .WIDTH(DATA_W),
      .DEPTH(W_DEPTH)
  ) u_w (
      .clk_i(clk_i),
      .write_i(w_write),
      .write_address_i({N{load_address_q[W_W-1:0]}}),
      .data_i(load_data_q),
      .read_i({N{w_read}}),
      .read_address_i({N{w_read_address}}),
      .data_o(w_data)
  );
  rc_memory #(
      .N(N),
      .WIDTH(SCALE_W),
      .DEPTH(Q_DEPTH)
  ) u_q (
      .clk_i(clk_i),
      .write_i(q_write),
      .write_address_i({N{scale_address_q[Q_W-1:0]}}),
      .data_i({N{new_scale_q}}),
      .read_i(core_valid),
      .read_address_i(q_read_address),
      .data_o(q_data)
  );
  rc_ram #(
      .WIDTH(SCALE_W),
      .DEPTH(S_DEPTH)
  ) u_s (
      .clk_i(clk_i),
      .write_i(scale_q && scale_rows_q),
      .write_address_i(scale_address_q[S_W-1:0]),
      .data_i(new_scale_q),
      .read_i(1'b1),
      .read_address_i(row_scale_address[S_W-1:0]),
      .data_o(s_data)
  );

  // ---------------------------------------------------------------- the core
  wire [N*ACC_W-1:0] sums;
  wire [ROW_W-1:0] row;
  wire window;
  wire [TAG_W-1:0] tag;
  wire [N*DATA_W-1:0] a_rows = (rows_from_w ? w_data : a_data) & {N * DATA_W{!rows_zero}};
  wire [N*DATA_W-1:0] columns = columns_from_b ? b_data : w_data;  // or taps

  rc_core #(
      .ROWS(N),
      .COLS(N),
      .DATA_W(DATA_W),
      .WEIGHT_W(DATA_W),
      .ACC_W(ACC_W),
      .MAX_K(MAX_K),
      .BROADCAST_STAGES(BROADCAST_STAGES),
      .MAC_STAGES(MAC_STAGES),
      .TAG_W(TAG_W)
  ) u_core (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .cmd_valid_i(cmd_valid),
      .cmd_ready_o(cmd_ready),
      .cmd_tag_i({TAG_W{1'b0}}),
      .cmd_count_i(cmd_count),
      .cmd_rows_i(cmd_rows),
      .cmd_beats_i(cmd_beats),
      .cmd_stream_i(cmd_stream),
      .cmd_chain_i(cmd_chain),
      .cmd_cols_i(cmd_cols),
      .cmd_taps_i(cmd_taps),
      .cmd_pitch_i(cmd_pitch),
      .cmd_passes_i({{(LENGTH_W - 1) {1'b0}}, 1'b1}),
      .cmd_error_o(cmd_error),
      .op_valid_i(op_valid),
      .op_ready_o(op_ready),
      .a_i(a_rows),
      .b_i(columns),
      .tap_ready_o(tap_ready),
      .tap_i(columns),
      .gap_error_o(gap_error),
      .valid_o(core_valid),
      .out_o(sums),
      .row_o(row),
      .tag_o(tag),
      .window_o(window),
      .active_o(active),
      .busy_o(core_busy)
  );

  // ---------------------------------------------------------------- places
  wire [N*ADDRESS_W-1:0] lane_scale, add_address, tile_address;
  wire [N-1:0] lane_by_column, add, added, tile_write, tile_to_b;
  wire tiles_a, tiles_b;
  wire row_scale, window_row_valid, window_keeps, window_ends, window_to_b, range_error;
  wire [N*CLAMP_W-1:0] low, high;
  wire [CLAMP_W-1:0] move_low, move_high;
  wire [ADDRESS_W-1:0] window_row, window_step, window_first, window_last;

  rc_places #(
      .N(N),
      .ADDRESS_W(ADDRESS_W),
      .COUNT_W(COUNT_W),
      .WORD_W(CLAMP_W)
  ) u_places (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .load_i(start),
      .windows_i(move[F_WINDOWS]),
      .runs_i(move[F_RUNS+:COUNT_W]),
      .groups_i(move[F_GROUPS+:COUNT_W]),
      .last_rows_i(move[F_LAST_ROWS+:LINE_W]),
      .last_columns_i(move[F_LAST_COLUMNS+:LINE_W]),
      .first_row_i(move[F_FIRST_ROW+:LINE_W]),
      .command_rows_i(move[F_COMMAND_ROWS+:LINE_W]),
      .to_b_i(move[F_RESULTS_TO_B]),
      .base_i(move[F_RESULTS_BASE+:ADDRESS_W]),
      .step_i(move[F_RESULTS_STEP+:ADDRESS_W]),
      .first_i(move[F_RESULTS_RANGE_FIRST+:ADDRESS_W]),
      .last_i(move[F_RESULTS_RANGE_LAST+:ADDRESS_W]),
      .by_column_i(move[F_BY_COLUMN]),
      .scales_i(move[F_SCALES+:ADDRESS_W]),
      .low_i(move_low),
      .high_i(move_high),
      .residual_i(move[F_RESIDUAL]),
      .residual_offset_i(move[F_RESIDUAL_OFFSET+:ADDRESS_W]),
      .moves_o(moves),
      .done_o(done_o),
      .valid_i(core_valid[0]),
      .window_i(window),
      .row_i(row),
      .scale_o(row_scale_address),
      .lane_scale_o(lane_scale),
      .lane_by_column_o(lane_by_column),
      .row_scale_o(row_scale),
      .low_o(low),
      .high_o(high),
      .add_o(add),
      .add_address_o(add_address),
      .added_o(added),
      .write_o(tile_write),
      .write_to_b_o(tile_to_b),
      .writes_a_o(tiles_a),
      .writes_b_o(tiles_b),
      .write_address_o(tile_address),
      .window_o(window_row_valid),
      .window_keeps_o(window_keeps),
      .window_ends_o(window_ends),
      .window_to_b_o(window_to_b),
      .window_row_o(window_row),
      .window_step_o(window_step),
      .window_first_o(window_first),
      .window_last_o(window_last),
      .range_error_o(range_error)
  );

  // A move's windows are loaded once those of the move before are worked out: long before the next but
  // one starts, which waits until that one's results are in the memories.
  reg routes_due_q;
  wire routes_busy, route_valid;
  wire routes_load = routes_due_q && !routes_busy;
  wire [N*LANE_W-1:0] route_select;
  wire [N-1:0] route_enable, route_over;
  wire [ADDRESS_W-1:0] route_address;
  always @(posedge clk_i)
    if (rst_i) routes_due_q <= 1'b0;
    else routes_due_q <= start ? move[F_WINDOWS] : routes_due_q && routes_busy;

  rc_routes #(
      .N(N),
      .ADDRESS_W(ADDRESS_W),
      .COUNT_W(COUNT_W)
  ) u_routes (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .load_i(routes_load),
      .pitch_i(move[F_PITCH+:COUNT_W]),
      .line_stride_i(move[F_KEPT_LINE_STRIDE+:COUNT_W]),
      .lines_i(move[F_KEPT_LINES+:COUNT_W]),
      .column_stride_i(move[F_KEPT_COLUMN_STRIDE+:COUNT_W]),
      .columns_i(move[F_KEPT_COLUMNS+:COUNT_W]),
      .positions_i(move[F_POSITIONS+:COUNT_W]),
      .runs_i(move[F_RUNS+:COUNT_W]),
      .groups_i(move[F_GROUPS+:COUNT_W]),
      .lane_i(move[F_RESULTS_LANE+:LANE_W]),
      .base_i(move[F_RESULTS_BASE+:ADDRESS_W]),
      .step_i(move[F_RESULTS_STEP+:ADDRESS_W]),
      .busy_o(routes_busy),
      .valid_o(route_valid),
      .next_i(window_row_valid && window_ends),
      .select_o(route_select),
      .enable_o(route_enable),
      .over_o(route_over),
      .address_o(route_address)
  );

  // ---------------------------------------------------------------- words
  wire [N*DATA_W-1:0] next_words, words, results, squeezed;  // results: words that have been looked up
  wire [ADDRESS_W-1:0] window_address = route_address + window_row;
  wire [ADDRESS_W-1:0] window_over = window_address + window_step;
  wire window_writes = window_row_valid && window_keeps;
  wire window_bad = window_writes &&
      ((|(route_enable & ~route_over) && (window_address < window_first || window_address > window_last)) ||
       (|(route_enable & route_over) && (window_over < window_first || window_over > window_last)) || !route_valid);
  localparam [3:0] WRITE = 9;  // a result outside of the promised range
  assign halt = range_error || window_bad;
  assign halt_code = WRITE;

  rc_squeeze #(
      .N(N),
      .WIDTH(DATA_W)
  ) u_squeeze (
      .data_i(results),
      .select_i(route_select),
      .data_o(squeezed)
  );

  generate
    if (TABLES == 0) begin : gen_no_tables
      assign move_low = move[F_LOW+:DATA_W];
      assign move_high = move[F_HIGH+:DATA_W];
      assign results = words;
      wire unused_tables = &{1'b0, next_words, table_valid_i, table_address_i, table_data_i};
    end else begin : gen_tables
      localparam integer T_DEPTH = TABLES << DATA_W;
      localparam integer T_W = $clog2(T_DEPTH);
      localparam integer NUMBER_W = CLAMP_W - DATA_W;
      localparam [NUMBER_W-1:0] FIRST = 1;
      assign move_low = {move[F_TABLE+:NUMBER_W], move[F_LOW+:DATA_W]};
      assign move_high = {{NUMBER_W{1'b0}}, move[F_HIGH+:DATA_W]};

      reg table_q;
      reg [T_W-1:0] table_address_q;
      reg [DATA_W-1:0] table_data_q;
      always @(posedge clk_i)
        if (rst_i) table_q <= 1'b0;
        else table_q <= table_valid_i;
      always @(posedge clk_i) begin
        table_address_q <= table_address_i[T_W-1:0];
        table_data_q <= table_data_i;
      end
      wire unused_tables = &{1'b0, table_address_i, high};

      wire [N-1:0] look;
      reg [N-1:0] looked_q;
      always @(posedge clk_i) looked_q <= look;
      wire [N*T_W-1:0] look_address;
      wire [N*DATA_W-1:0] found;
      rc_memory #(
          .N(N),
          .WIDTH(DATA_W),
          .DEPTH(T_DEPTH)
      ) u_t (
          .clk_i(clk_i),
          .write_i({N{table_q}}),
          .write_address_i({N{table_address_q}}),
          .data_i({N{table_data_q}}),
          .read_i(look),
          .read_address_i(look_address),
          .data_o(found)
      );

      genvar t;
      for (t = 0; t < N; t = t + 1) begin : lane
        wire [NUMBER_W-1:0] number = low[t*CLAMP_W+DATA_W+:NUMBER_W];
        wire [NUMBER_W-1:0] index = number - FIRST;
        wire [CLAMP_W-1:0] address = {index, next_words[t*DATA_W+:DATA_W]};
        wire unused_address = &{1'b0, address};
        assign look[t] = |number;
        assign look_address[t*T_W+:T_W] = address[T_W-1:0];
        assign results[t*DATA_W+:DATA_W] = looked_q[t] ? found[t*DATA_W+:DATA_W] : words[t*DATA_W+:DATA_W];
      end
    end
  endgenerate

  reg [N-1:0] window_write_q;
  reg window_now_q, window_to_b_q;
  reg [N-1:0] window_over_q;
  reg [ADDRESS_W-1:0] window_address_q, window_over_address_q;
  always @(posedge clk_i) begin
    window_now_q <= window_row_valid;
    // A bad one is not written: error_o rises at the same edge.
    window_write_q <= route_enable & {N{window_writes && !rst_i}};
    window_to_b_q <= window_to_b;
    window_over_q <= route_over;
    window_address_q <= window_address;
    window_over_address_q <= window_over;
  end

  // Rows' scales go along with the columns, a column a cycle.
  reg [(N-1)*SCALE_W-1:0] row_scale_q;  // of lanes 1 to N - 1
  always @(posedge clk_i) row_scale_q <= {row_scale_q[(N-2)*SCALE_W-1:0], s_data};

  // A window's row takes the port whether its words are kept or not.
  wire results_a = window_now_q ? !window_to_b_q : tiles_a && !error_o;
  wire results_b = window_now_q ? window_to_b_q : tiles_b && !error_o;
  wire [N-1:0] a_result, b_result;
  // The host's writes are registered first; one waits while results go to its memory.
  wire load_a = load_q && load_memory_q == 2'd0 && !results_a;
  wire load_b = load_q && load_memory_q == 2'd1 && !results_b;
  wire load_w = load_q && load_memory_q == 2'd2;
  assign load_ready_o = !load_q || load_a || load_b || load_w;
  assign w_write = load_lanes_q & {N{load_w}};
  assign q_write = scale_lanes_q & {N{scale_q && !scale_rows_q}};
  wire load_take = load_valid_i && load_ready_o && load_memory_i != 2'd3;
  always @(posedge clk_i)
    if (rst_i) begin
      load_q <= 1'b0;
      scale_q <= 1'b0;
    end else begin
      if (load_ready_o) load_q <= load_take;
      scale_q <= scale_valid_i;
    end
  always @(posedge clk_i) begin
    if (load_ready_o) begin
      load_memory_q <= load_memory_i;
      load_lanes_q <= load_lanes_i;
      load_address_q <= load_address_i[ADDRESS_W-1:0];
      load_data_q <= load_data_i;
    end
    if (scale_valid_i) begin
      scale_rows_q <= scale_rows_i;
      scale_lanes_q <= scale_lanes_i;
      scale_address_q <= scale_address_i[ADDRESS_W-1:0];
      new_scale_q <= scale_i;
    end
  end

  // ---------------------------------------------------------------- reads
  wire operand_a = rows_read && !rows_from_w;
  reg read_q, read_memory_q, shown_q, done_q;
  assign read_done_o = done_q;
  reg [ADDRESS_W-1:0] read_address_q;
  wire read_a = read_q && !read_memory_q && !reads_a && !(|add);
  wire read_b = read_q && read_memory_q && !reads_b;
  assign read_ready_o = !read_q || read_a || read_b;
  assign read_data_o = shown_q ? b_data : a_data;
  always @(posedge clk_i)
    if (rst_i) begin
      read_q <= 1'b0;
      done_q <= 1'b0;
    end else begin
      if (read_ready_o) read_q <= read_valid_i;
      done_q <= read_a || read_b;
    end
  always @(posedge clk_i) begin
    if (read_ready_o) begin
      read_memory_q <= read_memory_i;
      read_address_q <= read_address_i[ADDRESS_W-1:0];
    end
    shown_q <= read_memory_q;
  end
  wire operand_b = columns_read && columns_from_b;
  assign b_read = operand_b || read_b;
  assign b_read_address = operand_b ? columns_address[B_W-1:0] : read_address_q[B_W-1:0];
  assign w_read = (rows_read && rows_from_w) || (columns_read && !columns_from_b);
  assign w_read_address = rows_from_w ? rows_address[W_W-1:0] : columns_address[W_W-1:0];

  genvar c;
  generate
    for (c = 0; c < N; c = c + 1) begin : lane
      wire [SCALE_W-1:0] own_scale = q_data[c*SCALE_W+:SCALE_W];
      wire [SCALE_W-1:0] delayed_scale;
      if (c == 0) begin : gen_first
        assign delayed_scale = s_data;
      end else begin : gen_others
        assign delayed_scale = row_scale_q[(c-1)*SCALE_W+:SCALE_W];
      end
      wire [SCALE_W-1:0] scale = row_scale ? s_data : lane_by_column[c] ? own_scale : delayed_scale;
      assign q_read_address[c*Q_W+:Q_W] = lane_scale[c*ADDRESS_W+:Q_W];

      rc_requantise #(
          .DATA_W(DATA_W),
          .ACC_W (ACC_W)
      ) u_requantise (
          .clk_i(clk_i),
          .sum_i(sums[c*ACC_W+:ACC_W]),
          .scale_i(scale),
          .low_i(low[c*CLAMP_W+:DATA_W]),
          .high_i(high[c*CLAMP_W+:DATA_W]),
          .next_o(next_words[c*DATA_W+:DATA_W]),
          .data_o(words[c*DATA_W+:DATA_W])
      );

      // The residual, and a window's word.
      wire signed [DATA_W-1:0] word = results[c*DATA_W+:DATA_W];
      wire signed [DATA_W-1:0] more = added[c] ? a_data[c*DATA_W+:DATA_W] : {DATA_W{1'b0}};
      wire signed [DATA_W:0] both = word + more;
      wire signed [DATA_W-1:0] sum = both[DATA_W] == both[DATA_W-1] ? both[DATA_W-1:0]
                                                                    : {both[DATA_W], {(DATA_W - 1) {!both[DATA_W]}}};
      reg [DATA_W-1:0] result_q;
      always @(posedge clk_i) result_q <= window_row_valid ? squeezed[c*DATA_W+:DATA_W] : sum;

      wire write = (window_now_q ? window_write_q[c] : tile_write[c]) && !error_o;
      wire to_b = window_now_q ? window_to_b_q : tile_to_b[c];
      wire [ADDRESS_W-1:0] address = !window_now_q ? tile_address[c*ADDRESS_W+:ADDRESS_W] :
          window_over_q[c] ? window_over_address_q : window_address_q;
      wire unused_address = &{1'b0, address};
      assign a_result[c] = write && !to_b;
      assign b_result[c] = write && to_b;
      assign a_write[c] = a_result[c] || (load_a && load_lanes_q[c]);
      assign b_write[c] = b_result[c] || (load_b && load_lanes_q[c]);
      assign a_write_address[c*A_W+:A_W] = a_result[c] ? address[A_W-1:0] : load_address_q[A_W-1:0];
      assign b_write_address[c*B_W+:B_W] = b_result[c] ? address[B_W-1:0] : load_address_q[B_W-1:0];
      // Results may go to one memory while the host writes the other.
      assign a_write_data[c*DATA_W+:DATA_W] = a_result[c] ? result_q : load_data_q[c*DATA_W+:DATA_W];
      assign b_write_data[c*DATA_W+:DATA_W] = b_result[c] ? result_q : load_data_q[c*DATA_W+:DATA_W];

      assign a_read[c] = operand_a || add[c] || read_a;
      assign a_read_address[c*A_W+:A_W] = add[c] ? add_address[c*ADDRESS_W+:A_W] :
          operand_a ? rows_address[A_W-1:0] : read_address_q[A_W-1:0];
    end
  endgenerate

  // The core's results are told by column 0's; addresses have the bits that the deepest memory needs.
  wire unused = &{1'b0, core_valid, tag, move, rows_address, columns_address, add_address, tile_address, lane_scale,
                   row_scale_address, load_address_i, scale_address_i, read_address_i, load_address_q, scale_address_q,
                   read_address_q};
endmodule
