// rc_control: a program, from start to end. Three lists of instructions: LOADs, MOVEs and STOREs, each
// fetched and begun in its order. An instruction begins when as many of the other lists' are finished as it
// says; so nothing can be overtaken, and no token be lost.
//
// A program ends when all of the three lists are finished, or with an error: what one of its instructions
// does wrong, the bus's, or that none can go on. Then nothing new begins on the bus; when what was on its
// way there has ended, so has the program.
module rc_control #(
    parameter integer AXI_DATA_W = /*%AXI_DATA_W*/128,
    parameter integer BEAT_W     = /*%BEAT_INDEX_W*/28,
    parameter integer MOVE_BITS  = /*%MOVE_BITS*/932
) (
    input  wire                  clk_i,
    input  wire                  rst_i,
    // The driver's registers.
    input  wire                  start_i,
    input  wire                  abort_i,
    input  wire [          11:0] base_i,         // the lowest bits of the region's address: 0
    input  wire [          31:0] size_i,         // a multiple of 64
    input  wire [          95:0] offsets_i,      // LOADs, MOVEs, STOREs, from the lowest bits on
    input  wire [          95:0] counts_i,
    output wire                  running_o,
    output reg                   end_o,
    output reg                   done_o,
    output reg                   error_o,
    output reg  [           3:0] unit_o,
    output reg  [           3:0] code_o,
    output reg  [          31:0] index_o,
    output wire [          71:0] finished_o,
    output wire [        415:0] counters_o,
    // The units.
    output wire                  begin_o,        // all that a program has is cleared
    output wire                  stop_o,
    input  wire                  bus_idle_i,
    output wire [           2:0] request_o,
    output wire [  3*BEAT_W-1:0] beat_o,
    output wire [          17:0] beats_o,
    input  wire [           2:0] grant_i,
    input  wire [           2:0] valid_i,
    input  wire                  last_i,
    input  wire                  bus_error_i,
    input  wire [AXI_DATA_W-1:0] data_i,
    output wire                  load_go_o,
    output wire [         255:0] load_o,
    input  wire                  load_take_i,
    input  wire                  load_finished_i,
    input  wire                  load_active_i,
    input  wire                  load_moving_i,
    input  wire                  load_beat_i,
    input  wire                  load_error_i,
    input  wire                  load_error_new_i,
    input  wire [           3:0] load_error_code_i,
    output wire                  store_go_o,
    output wire [         255:0] store_o,
    input  wire                  store_take_i,
    input  wire                  store_finished_i,
    input  wire                  store_active_i,
    input  wire                  store_moving_i,
    input  wire                  store_beat_i,
    input  wire                  store_error_i,
    input  wire [           3:0] store_error_code_i,
    // rc_accelerator.
    output wire                  clear_o,        // its reset
    input  wire                  idle_i,
    output wire                  move_valid_o,
    input  wire                  move_ready_i,
    output wire [ MOVE_BITS-1:0] move_o,
    input  wire                  move_start_i,
    input  wire                  move_done_i,
    input  wire                  move_error_i,
    input  wire [           3:0] move_error_code_i
);
  /*%ERRORS*/errors
  /*%UNITS*/units

  generate
    if (MOVE_BITS > 976) begin : gen_bad_move_bits
      A_move_must_fit_an_instruction u_error ();
    end
  endgenerate

  // ---------------------------------------------------------------- the program
  localparam [2:0] OFF = 0, CHECK = 1, WASH = 2, RUN = 3, STOP = 4;
  reg [2:0] state_q;
  wire run = state_q == RUN;
  reg fault;
  reg [3:0] fault_unit, fault_code;
  reg [31:0] fault_index;
  wire all_ended;
  assign begin_o = state_q == CHECK;
  assign clear_o = rst_i || state_q == OFF || state_q == CHECK;
  wire stopping = state_q == STOP;
  assign stop_o = !run;            // what a unit has begun ends, and nothing begins
  assign running_o = state_q != OFF;

  wire ends = (run && all_ended && !fault) || (stopping && bus_idle_i);
  always @(posedge clk_i)
    if (rst_i) begin
      state_q <= OFF;
      done_o <= 1'b0;
      error_o <= 1'b0;
      end_o <= 1'b0;
    end else begin
      case (state_q)
        OFF: if (start_i) state_q <= CHECK;
        CHECK: state_q <= fault ? STOP : WASH;
        WASH: state_q <= fault ? STOP : idle_i ? RUN : WASH;
        RUN: state_q <= fault ? STOP : all_ended ? OFF : RUN;
        default: if (bus_idle_i) state_q <= OFF;
      endcase
      end_o <= ends;
      if (start_i && !running_o) begin
        done_o <= 1'b0;
        error_o <= 1'b0;
      end else if (ends) begin
        done_o <= run;
        error_o <= stopping;
      end
    end
  always @(posedge clk_i)
    if (fault && !stopping) begin
      unit_o <= fault_unit;
      code_o <= fault_code;
      index_o <= fault_index;
    end else if (start_i && !running_o) begin
      unit_o <= 4'd0;
      code_o <= 4'd0;
      index_o <= 32'd0;
    end

  // ---------------------------------------------------------------- the lists
  // A list lies inside the region, at blocks of 128 bytes.
  function bad_list(input [31:0] offset, input [7:0] too_many, input [31:0] bytes, input [31:0] size);
    reg [32:0] behind;
    begin
      behind = {1'b0, offset} + {1'b0, bytes};
      bad_list = offset[6:0] != 7'd0 || too_many != 8'd0 || behind > {1'b0, size};
    end
  endfunction
  wire [31:0] load_blocks = ({8'd0, counts_i[23:0]} + 32'd3) >> 2;
  wire [31:0] store_blocks = ({8'd0, counts_i[87:64]} + 32'd3) >> 2;
  wire [31:0] move_blocks = {8'd0, counts_i[55:32]};
  wire [2:0] bad_lists = {bad_list(offsets_i[95:64], counts_i[95:88], store_blocks << 7, size_i),
                          bad_list(offsets_i[63:32], counts_i[63:56], move_blocks << 7, size_i),
                          bad_list(offsets_i[31:0], counts_i[31:24], load_blocks << 7, size_i)};

  // Whole beats of any bus, so that none of them lies across an end.
  wire bad_region = base_i != 12'd0 || size_i[5:0] != 6'd0;
  wire [2:0] held, ended;
  wire [1023:0] move_instruction;
  wire move_take = move_valid_o && move_ready_i;
  wire starts = state_q == WASH && idle_i && !fault;

  rc_fetch #(
      .AXI_DATA_W(AXI_DATA_W),
      .PER_BLOCK(4),
      .BEAT_W(BEAT_W)
  ) u_loads (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .start_i(starts),
      .block_i(offsets_i[31:7]),
      .count_i(counts_i[23:0]),
      .request_o(request_o[1]),
      .beat_o(beat_o[BEAT_W+:BEAT_W]),
      .beats_o(beats_o[11:6]),
      .grant_i(grant_i[1]),
      .valid_i(valid_i[1]),
      .last_i(last_i),
      .data_i(data_i),
      .valid_o(held[0]),
      .instruction_o(load_o),
      .take_i(load_take_i),
      .ended_o(ended[0])
  );
  rc_fetch #(
      .AXI_DATA_W(AXI_DATA_W),
      .PER_BLOCK(1),
      .BEAT_W(BEAT_W)
  ) u_moves (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .start_i(starts),
      .block_i(offsets_i[63:39]),
      .count_i(counts_i[55:32]),
      .request_o(request_o[0]),
      .beat_o(beat_o[0+:BEAT_W]),
      .beats_o(beats_o[5:0]),
      .grant_i(grant_i[0]),
      .valid_i(valid_i[0]),
      .last_i(last_i),
      .data_i(data_i),
      .valid_o(held[1]),
      .instruction_o(move_instruction),
      .take_i(move_take),
      .ended_o(ended[1])
  );
  rc_fetch #(
      .AXI_DATA_W(AXI_DATA_W),
      .PER_BLOCK(4),
      .BEAT_W(BEAT_W)
  ) u_stores (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .start_i(starts),
      .block_i(offsets_i[95:71]),
      .count_i(counts_i[87:64]),
      .request_o(request_o[2]),
      .beat_o(beat_o[2*BEAT_W+:BEAT_W]),
      .beats_o(beats_o[17:12]),
      .grant_i(grant_i[2]),
      .valid_i(valid_i[2]),
      .last_i(last_i),
      .data_i(data_i),
      .valid_o(held[2]),
      .instruction_o(store_o),
      .take_i(store_take_i),
      .ended_o(ended[2])
  );

  // ---------------------------------------------------------------- what waits for what
  reg [23:0] loads_q, moves_q, stores_q;        // finished
  reg [23:0] loads_taken_q, moves_taken_q, moves_started_q, stores_taken_q;
  assign finished_o = {stores_q, moves_q, loads_q};
  wire load_may = {8'd0, moves_q} >= load_o[159:128] && {8'd0, stores_q} >= load_o[191:160];
  wire store_may = {8'd0, moves_q} >= store_o[159:128] && {8'd0, loads_q} >= store_o[191:160];
  wire move_may = loads_q >= move_instruction[999:976] && stores_q >= move_instruction[1023:1000];
  assign load_go_o = run && held[0] && load_may;
  assign store_go_o = run && held[2] && store_may;
  assign move_valid_o = run && held[1] && move_may;
  assign move_o = move_instruction[MOVE_BITS-1:0];

  always @(posedge clk_i)
    if (rst_i || begin_o) begin
      loads_q <= 24'd0;
      moves_q <= 24'd0;
      stores_q <= 24'd0;
      loads_taken_q <= 24'd0;
      moves_taken_q <= 24'd0;
      moves_started_q <= 24'd0;
      stores_taken_q <= 24'd0;
    end else if (run) begin
      loads_q <= loads_q + {23'd0, load_finished_i};
      moves_q <= moves_q + {23'd0, move_done_i};
      stores_q <= stores_q + {23'd0, store_finished_i};
      loads_taken_q <= loads_taken_q + {23'd0, load_take_i};
      moves_taken_q <= moves_taken_q + {23'd0, move_take};
      moves_started_q <= moves_started_q + {23'd0, move_start_i};
      stores_taken_q <= stores_taken_q + {23'd0, store_take_i};
    end

  wire move_active = moves_q != moves_taken_q;
  wire [2:0] active = {store_active_i, move_active, load_active_i};
  wire [2:0] may = {store_may, move_may, load_may};
  assign all_ended = &(ended & ~active);
  // All wait for counts, and nothing is on its way that could change them.
  wire [2:0] waits = held & ~may & ~active;
  wire stuck = |waits && &(waits | (ended & ~active));

  // ---------------------------------------------------------------- errors
  wire [2:0] fetch_errors = valid_i & {3{bus_error_i}};
  wire [31:0] last_load = {8'd0, load_error_new_i ? loads_taken_q - 24'd1 : loads_q};
  wire [31:0] last_store = {8'd0, stores_taken_q - 24'd1};
  // Errors of a check are the last move's that was taken, of results the oldest's, else the last's that was fed.
  wire [31:0] last_move = {8'd0, move_error_code_i < 4'd6 ? moves_taken_q - 24'd1 :
                           move_error_code_i == 4'd9 ? moves_q : moves_started_q - 24'd1};
  always @* begin
    fault = 1'b0;
    fault_unit = U_CONTROL;
    fault_code = 4'd0;
    fault_index = 32'd0;
    if (state_q == CHECK) begin
      fault = bad_region || bad_lists != 3'd0;
      fault_unit = bad_region ? U_CONTROL : bad_lists[0] ? U_LOAD : bad_lists[1] ? U_MOVE : U_STORE;
      fault_code = bad_region ? E_BASE : E_LIST;
    end else if (run) begin
      fault = load_error_i || move_error_i || store_error_i || fetch_errors != 3'd0 || stuck || abort_i;
      if (move_error_i) begin
        fault_unit = U_MOVE;
        fault_code = move_error_code_i;
        fault_index = last_move;
      end else if (load_error_i) begin
        fault_unit = U_LOAD;
        fault_code = load_error_code_i;
        fault_index = last_load;
      end else if (store_error_i) begin
        fault_unit = U_STORE;
        fault_code = store_error_code_i;
        fault_index = last_store;
      end else if (fetch_errors[0]) begin
        fault_unit = U_MOVE;
        fault_code = E_FETCH;
        fault_index = {8'd0, moves_taken_q};
      end else if (fetch_errors[1]) begin
        fault_unit = U_LOAD;
        fault_code = E_FETCH;
        fault_index = {8'd0, loads_taken_q};
      end else if (fetch_errors[2]) begin
        fault_unit = U_STORE;
        fault_code = E_FETCH;
        fault_index = {8'd0, stores_taken_q};
      end else fault_code = abort_i ? E_ABORTED : E_STUCK;
    end else if (state_q == WASH) begin
      fault = abort_i;
      fault_code = E_ABORTED;
    end
  end

  // ---------------------------------------------------------------- counters
  // Of each unit: busy, waiting for a count, waiting for the memory; else its list is finished.
  wire [2:0] moving = {store_moving_i, 1'b1, load_moving_i};
  wire [2:0] busy = active & moving;
  wire [2:0] idle = ~active & ~ended;
  wire [2:0] token = idle & held & ~may;
  wire [2:0] memory = (active & ~moving) | (idle & ~held);
  // An instruction that may begin and is not begun yet is not waiting.
  wire [2:0] begins = idle & held & may;
  wire [12:0] count = {store_beat_i, load_beat_i, |valid_i,
                       memory[2], token[2], busy[2] || begins[2],
                       memory[1], token[1], busy[1] || begins[1],
                       memory[0], token[0], busy[0] || begins[0], 1'b1};
  genvar i;
  generate
    for (i = 0; i < 13; i = i + 1) begin : counter
      reg [31:0] value_q;
      wire counts = i == 0 ? running_o : run;
      assign counters_o[i*32+:32] = value_q;
      always @(posedge clk_i)
        if (rst_i || (start_i && !running_o)) value_q <= 32'd0;
        else if (counts && count[i]) value_q <= value_q + 32'd1;
    end
  endgenerate

  wire unused = &{1'b0, move_instruction[975:MOVE_BITS]};
endmodule
