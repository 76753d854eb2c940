// rc_load_properties: what is proved of rc_load, for any instructions, legal or not, bursts that are granted and
// come at any time, right or wrong, memories that are ready at any time, and stops at any time. A byte of DRAM is
// its offset.
//
// D1  A burst that is asked for stays the same until it is granted or a stop comes.
// D2  Nothing is asked for but of a legal LOAD, and nothing outside of the region.
// D3  The k-th word of a LOAD goes to the k-th place from its base on, in its memory, once, and is the k-th in
//     DRAM from its offset on; no more than it has, and those of LOADs in their order.
// D4  Nothing goes to an address that the memory does not have. A line holds until it is taken or a stop comes.
// D5  A LOAD is finished once, when all its words are in the memory; until then the module is active.
// D6  An error is there exactly when a LOAD is not legal, an address not the memory's or a beat wrong; its code,
//     and whose it is, are the first's.
// D7  When no LOAD is there no beat is on its way.
// D8  After a stop nothing is taken, asked for or written.
module rc_load_properties #(
    parameter integer AXI_DATA_W = 64,
    parameter integer LINE_W     = 64,
    parameter integer OFFSET_W   = 6,
    parameter integer BURST_W    = 1,
    parameter integer N          = 2,
    parameter integer BEAT_W     = OFFSET_W - $clog2(AXI_DATA_W / 8),
    parameter integer AT_W       = LINE_W < AXI_DATA_W ? $clog2(AXI_DATA_W / LINE_W) : 1
) (
    input  wire                clk_i,
    input  wire                rst_i,
    input  wire                start_i,
    input  wire                stop_i,
    input  wire [OFFSET_W-1:0] size_i,
    input  wire                go_i,
    input  wire [         2:0] memory_i,
    input  wire                reserved_i,
    input  wire [OFFSET_W-1:0] base_i,
    input  wire [OFFSET_W-1:0] count_i,
    input  wire [OFFSET_W-1:0] offset_i,
    input  wire                grant_i,
    input  wire                valid_i,
    input  wire                bus_error_i,
    input  wire                load_ready_i,
    output wire [         8:1] violated_o
);
  localparam integer BYTES = AXI_DATA_W / 8;
  localparam integer LINE_BITS = $clog2(LINE_W / 8);
  localparam integer GRAIN = (LINE_W > AXI_DATA_W ? LINE_W : AXI_DATA_W) / 8;
  localparam integer SCALES = LINE_W / 64;
  localparam integer WORDS = LINE_W / 8;
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  reg [OFFSET_W-1:0] size_q;
  wire [OFFSET_W-1:0] size = started_q ? size_q : size_i & ~(GRAIN - 1);
  always @(posedge clk_i) size_q <= size;

  // A stop lasts until the next program starts, when no beat is on its way. One comes behind an error.
  reg stop_q = 1;
  reg [1:0] bursts_q;               // on their way
  reg [BEAT_W-1:0] first_q[0:1];
  reg [BURST_W:0] left_q[0:1];
  wire stop = stop_i || stop_q;
  wire start = start_i && stop && bursts_q == 0;
  wire rst = !started_q || rst_i;
  wire clear = rst || start;

  wire take, finished, active, moving, error, error_new, request, ready;
  wire [3:0] code;
  wire [BEAT_W-1:0] beat;
  wire [BURST_W:0] beats;
  wire load_valid, scale_valid, scale_rows, table_valid;
  wire [1:0] load_memory;
  wire [19:0] load_address, scale_address, table_address;
  wire [N*8-1:0] load_data;
  wire [N-1:0] scale_lanes;
  wire [49:0] scale;
  wire [7:0] word;
  wire grant = grant_i && request && bursts_q != 2;
  wire comes = valid_i && bursts_q != 0;
  wire valid = comes && !stop;
  wire beat_taken = comes && (stop || ready);
  wire burst_ends = beat_taken && left_q[0] == 1;
  wire [AXI_DATA_W-1:0] data;
  genvar g;
  generate
    for (g = 0; g < BYTES; g = g + 1) begin : byte_of
      wire [OFFSET_W-1:0] at = {first_q[0], {(OFFSET_W - BEAT_W) {1'b0}}} + g;
      assign data[g*8+:8] = at;
    end
  endgenerate

  rc_load #(
      .N(N),
      .DATA_W(8),
      .A_DEPTH(5),
      .B_DEPTH(3),
      .W_DEPTH(4),
      .Q_DEPTH(2),
      .S_DEPTH(4),
      .T_DEPTH(6),
      .AXI_DATA_W(AXI_DATA_W),
      .LINE_W(LINE_W),
      .BEAT_W(BEAT_W),
      .OFFSET_W(OFFSET_W),
      .BURST_W(BURST_W)
  ) u_load (
      .clk_i(clk_i),
      .rst_i(clear),
      .stop_i(stop),
      .size_i(size),
      .go_i(go_i),
      .instruction_i({63'd0, reserved_i, 64'd0, {(32 - OFFSET_W) {1'b0}}, offset_i, {(32 - OFFSET_W) {1'b0}}, count_i,
                      {(32 - OFFSET_W) {1'b0}}, base_i, 29'd0, memory_i}),
      .take_o(take),
      .finished_o(finished),
      .active_o(active),
      .moving_o(moving),
      .error_o(error),
      .error_new_o(error_new),
      .error_code_o(code),
      .request_o(request),
      .beat_o(beat),
      .beats_o(beats),
      .grant_i(grant),
      .valid_i(valid),
      .ready_o(ready),
      .bus_error_i(bus_error_i),
      .data_i(data),
      .load_valid_o(load_valid),
      .load_ready_i(load_ready_i),
      .load_memory_o(load_memory),
      .load_address_o(load_address),
      .load_data_o(load_data),
      .scale_valid_o(scale_valid),
      .scale_rows_o(scale_rows),
      .scale_lanes_o(scale_lanes),
      .scale_address_o(scale_address),
      .scale_o(scale),
      .table_valid_o(table_valid),
      .table_address_o(table_address),
      .table_data_o(word)
  );

  // ---------------------------------------------------------------- the bus
  wire [1:0] kept = bursts_q - burst_ends;
  always @(posedge clk_i)
    if (rst) bursts_q <= 0;
    else begin
      if (beat_taken) begin
        first_q[0] <= first_q[0] + 1;
        left_q[0] <= left_q[0] - 1;
      end
      if (burst_ends) begin
        first_q[0] <= first_q[1];
        left_q[0] <= left_q[1];
      end
      if (grant) begin
        first_q[kept[0]] <= beat;
        left_q[kept[0]] <= beats;
      end
      bursts_q <= kept + grant;
    end

  // ---------------------------------------------------------------- LOADs: legal ones that are not finished, at most two
  localparam integer LINES_W = OFFSET_W + 1;
  wire [LINES_W-1:0] lines = memory_i == 5 ? (count_i + (WORDS - 1)) / WORDS :
      memory_i >= 3 ? (count_i + (SCALES - 1)) / SCALES : count_i;
  wire [OFFSET_W+LINE_BITS+1:0] end_byte = offset_i + ({{(LINE_BITS + 1) {1'b0}}, lines} << LINE_BITS);
  wire [3:0] illegal = memory_i > 5 || reserved_i ? 3 : count_i == 0 ? 1 :
      offset_i[LINE_BITS-1:0] != 0 || end_byte > size ? 4 : 0;
  reg [1:0] there_q;
  reg [2:0] memory_q[0:1];
  reg [OFFSET_W-1:0] base_q[0:1], offset_q[0:1], words_q[0:1];
  reg lane_q;                        // of the oldest's next word
  wire pop = finished && there_q != 0;
  wire push = take && illegal == 0;
  wire [1:0] others = there_q - pop;
  wire [2:0] memory = memory_q[0];
  wire to_lines = memory < 3;
  wire item = (load_valid && load_ready_i) || scale_valid || table_valid;
  wire [OFFSET_W-1:0] depth = memory == 0 ? 5 : memory == 1 ? 3 : memory == 2 ? 4 : memory == 3 ? 2 : memory == 4 ? 4 : 6;
  always @(posedge clk_i)
    if (clear) begin
      there_q <= 0;
    end else begin
      if (item) begin
        words_q[0] <= words_q[0] - 1;
        offset_q[0] <= offset_q[0] + (memory == 5 ? 1 : to_lines ? LINE_W / 8 : 8);
        if (memory != 3 || lane_q) base_q[0] <= base_q[0] + 1;
        lane_q <= memory == 3 && !lane_q;
      end
      if (pop) begin
        memory_q[0] <= memory_q[1];
        base_q[0] <= base_q[1];
        offset_q[0] <= offset_q[1];
        words_q[0] <= words_q[1];
        lane_q <= 0;
      end
      if (push) begin
        if (others == 0) lane_q <= 0;
        memory_q[others[0]] <= memory_i;
        base_q[others[0]] <= base_i;
        offset_q[others[0]] <= offset_i;
        words_q[others[0]] <= count_i;
      end
      there_q <= others + push;
    end

  // ---------------------------------------------------------------- errors
  // An illegal one is told two or three cycles behind; what comes before it is first.
  reg [3:0] cause_q, cause_q2;
  reg failed_q;
  reg [3:0] first_code_q;
  reg first_new_q;
  wire beyond = moving && there_q != 0 && words_q[0] != 0 && base_q[0] >= depth;
  wire late = beyond || (valid && bus_error_i);
  wire bad = (cause_q != 0 && cause_q != 4) || cause_q2 == 4;
  always @(posedge clk_i)
    if (clear) begin
      cause_q <= 0;
      cause_q2 <= 0;
      failed_q <= 0;
      stop_q <= !start;
    end else begin
      stop_q <= stop || error;
      cause_q <= take ? illegal : 0;
      cause_q2 <= cause_q;
      if (!failed_q) begin
        first_new_q <= !late;
        first_code_q <= valid && bus_error_i ? 5 : beyond ? 2 : cause_q2 == 4 ? 4 : cause_q;
      end
      failed_q <= failed_q || late || bad;
    end

  reg asked_q = 0, offered_q = 0;
  reg [BEAT_W-1:0] beat_q;
  reg [BURST_W:0] beats_q;
  reg [19:0] address_q;
  reg [N*8-1:0] data_q;
  reg [1:0] to_q;
  always @(posedge clk_i) begin
    asked_q <= request && !grant && !clear;
    offered_q <= load_valid && !load_ready_i && !clear;
    beat_q <= beat;
    beats_q <= beats;
    address_q <= load_address;
    data_q <= load_data;
    to_q <= load_memory;
  end

  wire [BEAT_W+BURST_W+1:0] burst_end = {{(BURST_W + 2) {1'b0}}, beat} + beats;
  wire [OFFSET_W+BURST_W+1:0] burst_bytes = burst_end << $clog2(BYTES);
  wire any_valid = load_valid || scale_valid || table_valid;
  wire [19:0] address = load_valid ? load_address : scale_valid ? scale_address : table_address;
  reg wrong_data;
  integer i;
  always @* begin
    wrong_data = 0;
    for (i = 0; i < N; i = i + 1)
      wrong_data = wrong_data || (load_valid && load_data[i*8+:8] != {2'd0, offset_q[0]} + i);
    for (i = 0; i < 6; i = i + 1)
      wrong_data = wrong_data || (scale_valid && scale[i*8+:8] != {2'd0, offset_q[0]} + i);
    wrong_data = wrong_data || (table_valid && word != {2'd0, offset_q[0]});
  end

  assign violated_o[1] = started_q && asked_q && !stop && (!request || beat != beat_q || beats != beats_q);
  assign violated_o[2] = started_q && request && (there_q == 0 || beats == 0 || burst_bytes > size);
  assign violated_o[3] = started_q && any_valid && (there_q == 0 || words_q[0] == 0 || address != base_q[0] || wrong_data
      || load_valid + scale_valid + table_valid > 1 || load_valid != to_lines || table_valid != (memory == 5)
      || (load_valid && load_memory != memory[1:0]) || (scale_valid && scale_rows != (memory == 4))
      || (scale_valid && memory == 3 && scale_lanes != (lane_q ? 2'b10 : 2'b01)));
  assign violated_o[4] = started_q && ((any_valid && address >= depth) || (offered_q && !stop &&
      (!load_valid || load_address != address_q || load_data != data_q || load_memory != to_q)));
  assign violated_o[5] = started_q && ((finished && (there_q == 0 || words_q[0] != 0 || (to_lines && !load_ready_i)))
      || (there_q != 0 && !active));
  assign violated_o[6] = started_q && (error != failed_q || (failed_q && (code != first_code_q ||
      error_new != first_new_q)));
  assign violated_o[7] = started_q && !stop && !error && !active && bursts_q != 0;
  assign violated_o[8] = started_q && stop && (take || request || any_valid);
endmodule
