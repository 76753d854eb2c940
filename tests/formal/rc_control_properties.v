// rc_control_properties: what is proved of rc_control, for programs of up to three instructions a list, legal or
// not, units that take and finish what may begin at any time, errors at any time, and a bus that answers at
// any time.
//
// C1  An instruction is begun only when as many of the other lists' are finished as it says.
// C2  None is begun unless the program runs, and of no list more than it has. When none may be begun nothing new
//     is on the bus: stop_o.
// C3  A program runs from its start to end_o, a cycle behind which it does not; a start while it runs is not seen.
// C4  done_o: all of all lists are finished, and nothing went wrong. error_o: something did, and the bus is idle.
//     Neither is there before the end, both never.
// C5  Unit, code and index are those of the first error, until the next start: a move's go before LOADs', STOREs',
//     the fetches', an abort's.
// C6  A program is stuck only when nothing is carried out and not all is finished.
// C7  The machine is in reset from a program's end until the next begins; all is cleared when it does.
// C8  In a cycle of the program a unit is busy, waits for a count or waits for the memory, one of these, until its
//     list is finished.
// C9  Blocks of lists are asked for in their order, and lie in the region.
module rc_control_properties #(
    parameter integer SMALL = 2     // bits of a list's count
) (
    input  wire         clk_i,
    input  wire         rst_i,
    input  wire         start_i,
    input  wire         abort_i,
    input  wire [  6:0] base_i,
    input  wire [ 10:0] size_i,
    input  wire [ 32:0] offsets_i,
    input  wire [3*SMALL-1:0] counts_i,
    input  wire         bus_idle_i,
    input  wire [  2:0] grant_i,
    input  wire [  2:0] beat_i,
    input  wire         bus_error_i,
    input  wire [511:0] data_i,
    input  wire [  2:0] take_i,         // STORE, MOVE, LOAD
    input  wire [  2:0] finish_i,
    input  wire [  1:0] moving_i,
    input  wire         move_start_i,
    input  wire [  2:0] errors_i,
    input  wire         error_new_i,
    input  wire [ 11:0] codes_i,
    input  wire         idle_i,
    output wire [  9:1] violated_o
);
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  wire running, ends, done, error, begins, stop, clear, load_go, store_go, move_valid;
  wire [3:0] unit, code;
  wire [31:0] index;
  wire [71:0] finished;
  wire [415:0] counters;
  wire [2:0] request;
  wire [3*26-1:0] beat;
  wire [17:0] beats;
  wire [255:0] load, store;
  wire [975:0] move;

  // The driver's registers stay while a program runs.
  reg [6:0] base_q;
  reg [10:0] size_q;
  reg [32:0] offsets_q;
  reg [3*SMALL-1:0] counts_q;
  reg there_q = 0;                  // a program was started, and has not ended
  wire start = start_i && !rst;
  always @(posedge clk_i)
    if (!there_q) begin
      base_q <= base_i;
      size_q <= size_i;
      offsets_q <= offsets_i;
      counts_q <= counts_i;
    end

  // The units: what is taken is finished at some time, in its order.
  reg [SMALL-1:0] taken_q[0:2], finished_q[0:2];
  reg [SMALL-1:0] fed_q;            // moves that were started
  wire [2:0] go = {store_go, move_valid, load_go};
  wire [2:0] take = take_i & go;
  wire [2:0] active = {taken_q[2] != finished_q[2], taken_q[1] != finished_q[1], taken_q[0] != finished_q[0]};
  wire [2:0] finish = finish_i & active & {3{!stop}};
  wire move_start = move_start_i && fed_q != taken_q[1] && !stop;
  wire [2:0] errors = errors_i & {3{!stop}};
  // Fetches: of each list a block at a time, of two beats.
  reg [1:0] to_come_q[0:2];         // STORE, LOAD, MOVE
  wire [2:0] grant = grant_i & request & {3{!stop}} & ~(grant_i - 3'd1);
  wire [2:0] on_way = {to_come_q[2] != 0, to_come_q[1] != 0, to_come_q[0] != 0};
  wire [2:0] comes = beat_i & on_way & ~(beat_i - 3'd1);
  wire [2:0] valid = comes & {3{!stop}};
  wire last = comes[0] ? to_come_q[0] == 1 : comes[1] ? to_come_q[1] == 1 : to_come_q[2] == 1;
  wire bus_idle = bus_idle_i && on_way == 0;

  rc_control #(
      .AXI_DATA_W(512),
      .BEAT_W(26),
      .MOVE_BITS(976)
  ) u_control (
      .clk_i(clk_i),
      .rst_i(rst),
      .start_i(start),
      .abort_i(abort_i),
      .base_i({5'd0, base_q}),
      .size_i({21'd0, size_q}),
      .offsets_i({21'd0, offsets_q[32:22], 21'd0, offsets_q[21:11], 21'd0, offsets_q[10:0]}),
      .counts_i({{(32 - SMALL) {1'b0}}, counts_q[2*SMALL+:SMALL], {(32 - SMALL) {1'b0}}, counts_q[SMALL+:SMALL],
                 {(32 - SMALL) {1'b0}}, counts_q[0+:SMALL]}),
      .running_o(running),
      .end_o(ends),
      .done_o(done),
      .error_o(error),
      .unit_o(unit),
      .code_o(code),
      .index_o(index),
      .finished_o(finished),
      .counters_o(counters),
      .begin_o(begins),
      .stop_o(stop),
      .bus_idle_i(bus_idle),
      .request_o(request),
      .beat_o(beat),
      .beats_o(beats),
      .grant_i(grant),
      .valid_i(valid),
      .last_i(last),
      .bus_error_i(bus_error_i),
      .data_i(data_i),
      .load_go_o(load_go),
      .load_o(load),
      .load_take_i(take[0]),
      .load_finished_i(finish[0]),
      .load_active_i(active[0]),
      .load_moving_i(moving_i[0]),
      .load_beat_i(1'b0),
      .load_error_i(errors[0]),
      .load_error_new_i(error_new_i),
      .load_error_code_i(codes_i[3:0]),
      .store_go_o(store_go),
      .store_o(store),
      .store_take_i(take[2]),
      .store_finished_i(finish[2]),
      .store_active_i(active[2]),
      .store_moving_i(moving_i[1]),
      .store_beat_i(1'b0),
      .store_error_i(errors[2]),
      .store_error_code_i(codes_i[11:8]),
      .clear_o(clear),
      .idle_i(idle_i),
      .move_valid_o(move_valid),
      .move_ready_i(take_i[1]),
      .move_o(move),
      .move_start_i(move_start),
      .move_done_i(finish[1]),
      .move_error_i(errors[1]),
      .move_error_code_i(codes_i[7:4])
  );

  reg [23:0] move_loads_q, move_stores_q;   // what the move that is offered says
  reg [2:0] asked_q[0:2];                   // blocks, by client
  integer k;
  always @(posedge clk_i) begin
    for (k = 0; k < 3; k = k + 1) begin
      if (rst || begins) begin
        taken_q[k] <= 0;
        finished_q[k] <= 0;
        asked_q[k] <= 0;
      end else begin
        taken_q[k] <= taken_q[k] + take[k];
        finished_q[k] <= finished_q[k] + finish[k];
        asked_q[k] <= asked_q[k] + grant[k];
      end
      if (rst) to_come_q[k] <= 0;
      else to_come_q[k] <= grant[k] ? 2 : to_come_q[k] - comes[k];
    end
    fed_q <= rst || begins ? 0 : fed_q + move_start;
    if (valid[0] && last) begin
      move_loads_q <= data_i[487:464];
      move_stores_q <= data_i[511:488];
    end
  end

  // ---------------------------------------------------------------- the first error
  wire [2:0] fetch_errors = valid & {3{bus_error_i}};
  wire wrong = errors != 0 || fetch_errors != 0 || abort_i;
  wire [3:0] move_code = codes_i[7:4];
  reg [3:0] first_unit, first_code;
  reg [31:0] first_index;
  always @* begin
    if (errors[1]) begin
      first_unit = 2;
      first_code = move_code;
      first_index = {8'd0, move_code < 6 ? {22'd0, taken_q[1]} - 24'd1 : move_code == 9 ? {22'd0, finished_q[1]}
                                                                                    : {22'd0, fed_q} - 24'd1};
    end else if (errors[0]) begin
      first_unit = 1;
      first_code = codes_i[3:0];
      first_index = {8'd0, error_new_i ? {22'd0, taken_q[0]} - 24'd1 : {22'd0, finished_q[0]}};
    end else if (errors[2]) begin
      first_unit = 3;
      first_code = codes_i[11:8];
      first_index = {8'd0, {22'd0, taken_q[2]} - 24'd1};
    end else if (fetch_errors != 0) begin
      first_unit = fetch_errors[0] ? 2 : fetch_errors[1] ? 1 : 3;
      first_code = 10;
      first_index = fetch_errors[0] ? taken_q[1] : fetch_errors[1] ? taken_q[0] : taken_q[2];
    end else begin
      first_unit = 0;
      first_code = 13;
      first_index = 0;
    end
  end

  wire run = !stop;
  wire all_begun = taken_q[0] == counts_q[0+:SMALL] && taken_q[1] == counts_q[SMALL+:SMALL]
      && taken_q[2] == counts_q[2*SMALL+:SMALL];
  reg ran_q = 0, wrong_q = 0, finished_all_q = 0, active_q = 0, bus_idle_q = 0, running_q = 0;
  reg failed_q = 0;                         // the program, of which the error is known
  reg [3:0] unit_q, code_q;
  reg [31:0] index_q;
  reg start_q = 0;
  reg [35:0] low_q;                         // three bits of each counter of waiting and being busy
  wire [35:0] low = {counters[9*32+:4], counters[8*32+:4], counters[7*32+:4], counters[6*32+:4], counters[5*32+:4],
                     counters[4*32+:4], counters[3*32+:4], counters[2*32+:4], counters[1*32+:4]};
  reg [2:0] over_q;
  wire [2:0] over = {taken_q[2] == counts_q[2*SMALL+:SMALL], taken_q[1] == counts_q[SMALL+:SMALL],
                     taken_q[0] == counts_q[0+:SMALL]} & ~active;
  always @(posedge clk_i) begin
    there_q <= !rst && (there_q ? !(running_q && !running) || start : start);
    running_q <= running && !rst;
    ran_q <= run && !rst;
    wrong_q <= run && wrong && !rst;
    finished_all_q <= all_begun && active == 0;
    active_q <= active != 0;
    bus_idle_q <= bus_idle;
    start_q <= start && !running && !rst;
    low_q <= low;
    over_q <= over;
    if (rst || (start && !running)) failed_q <= 0;
    else if (run && wrong) failed_q <= 1;
    if (run && wrong) begin
      unit_q <= first_unit;
      code_q <= first_code;
      index_q <= first_index;
    end
  end

  // Of unit u: what its three counters did in the cycle before.
  function [1:0] steps(input [11:0] now, input [11:0] before);
    steps = (now[0] ^ before[0]) + (now[4] ^ before[4]) + (now[8] ^ before[8]);
  endfunction
  wire [1:0] load_steps = steps(low[0+:12], low_q[0+:12]);
  wire [1:0] move_steps = steps(low[12+:12], low_q[12+:12]);
  wire [1:0] store_steps = steps(low[24+:12], low_q[24+:12]);

  function bad_block(input [25:0] at, input [5:0] length, input [10:0] offset, input [2:0] asked, input [10:0] size,
                     input [2:0] blocks);
    reg [25:0] first;
    begin
      first = {18'd0, offset[10:7], 1'b0} + {22'd0, asked, 1'b0};
      bad_block = at != first || length != 6'd2 || {at + 26'd2, 6'd0} > {21'd0, size} || asked >= blocks;
    end
  endfunction
  wire [2:0] load_blocks = ({1'b0, counts_q[0+:SMALL]} + 3) >> 2;
  wire [2:0] store_blocks = ({1'b0, counts_q[2*SMALL+:SMALL]} + 3) >> 2;

  wire [9:1] holds;
  assign holds[1] = (!load_go || (finished_q[1] >= load[159:128] && finished_q[2] >= load[191:160]))
      && (!store_go || (finished_q[1] >= store[159:128] && finished_q[0] >= store[191:160]))
      && (!move_valid || (finished_q[0] >= move_loads_q && finished_q[2] >= move_stores_q));
  assign holds[2] = (go == 0 || (run && running)) && (!load_go || taken_q[0] < counts_q[0+:SMALL])
      && (!move_valid || taken_q[1] < counts_q[SMALL+:SMALL]) && (!store_go || taken_q[2] < counts_q[2*SMALL+:SMALL])
      && (running || stop);
  assign holds[3] = ends == (running_q && !running) && (!start_q || running) && (running_q || start_q || !running)
      && begins == start_q;
  assign holds[4] = !(done && error) && (!running || (!done && !error)) && (!ends || done || error)
      && (!(ends && done) || (ran_q && finished_all_q && !wrong_q && !failed_q))
      && (!(ends && error) || bus_idle_q) && !(ends && failed_q && !error);
  assign holds[5] = !failed_q || (unit == unit_q && code == code_q && index == index_q);
  assign holds[6] = !(ran_q && !run && running && !wrong_q) ||
      (unit == 0 && code == 12 && !active_q && !finished_all_q);
  assign holds[7] = clear == (rst || !running || begins) &&
      (!(ran_q && run) || finished == {22'd0, finished_q[2], 22'd0, finished_q[1], 22'd0, finished_q[0]});
  assign holds[8] = !ran_q || !started_q || (load_steps == !over_q[0] && move_steps == !over_q[1]
      && store_steps == !over_q[2]);
  assign holds[9] = stop || ((!request[0] || !bad_block(beat[0+:26], beats[5:0], offsets_q[21:11], asked_q[0], size_q,
                                                      {1'b0, counts_q[SMALL+:SMALL]}))
      && (!request[1] || !bad_block(beat[26+:26], beats[11:6], offsets_q[10:0], asked_q[1], size_q, load_blocks))
      && (!request[2] || !bad_block(beat[52+:26], beats[17:12], offsets_q[32:22], asked_q[2], size_q, store_blocks)));
  assign violated_o = started_q && !rst ? ~holds : 0;
endmodule
