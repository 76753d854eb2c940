// rc_store: an AXI4 write master that carries out STOREs: lines of A or B go to DRAM, one STORE after the
// other. A STORE is finished when all its write responses have come.
//
//     instruction: {0, 0, loads, moves, offset, count, base, memory}, 32 bits each
//
// A burst's address goes first, then its beats. After stop_i a burst that has begun is ended, with beats
// that write nothing, and responses are taken.
module rc_store #(
    parameter integer N          = /*%N*/4,
    parameter integer DATA_W     = /*%DATA_W*/8,
    parameter integer A_DEPTH    = /*%A_DEPTH*/1024,
    parameter integer B_DEPTH    = /*%B_DEPTH*/1024,
    parameter integer AXI_DATA_W = /*%AXI_DATA_W*/128,
    parameter integer AXI_ADDR_W = /*%AXI_ADDR_W*/32,
    parameter integer LINE_W     = /*%LINE_W*/64,
    parameter integer BEAT_W     = /*%BEAT_INDEX_W*/28,
    parameter integer OFFSET_W   = 32,    // bits of an offset, and of a count; an instruction has 32
    parameter integer BURST_W    = 5      // log2 of a burst's beats at most
) (
    input  wire                    clk_i,
    input  wire                    rst_i,
    input  wire                    start_i,        // a program begins; idle_o is high
    input  wire                    stop_i,         // asks for nothing more
    input  wire [  AXI_ADDR_W-1:0] base_i,
    input  wire [    OFFSET_W-1:0] low_i,          // bytes: where the region may be written, and its end
    input  wire [    OFFSET_W-1:0] size_i,
    input  wire                    go_i,
    input  wire [           255:0] instruction_i,
    output wire                    take_o,
    output wire                    finished_o,
    output wire                    active_o,
    output wire                    moving_o,       // and waits neither for the bus nor for its responses
    output reg                     error_o,        // until the next program: of the STORE that was taken last
    output reg  [             3:0] error_code_o,
    output wire                    idle_o,         // no burst is on its way
    // Reads of the memories.
    output wire                    read_valid_o,
    input  wire                    read_ready_i,
    output wire                    read_memory_o,
    output wire [            19:0] read_address_o,
    input  wire                    read_done_i,
    input  wire [    N*DATA_W-1:0] read_data_i,
    // AXI4
    output wire                    m_awvalid_o,
    input  wire                    m_awready_i,
    output wire [  AXI_ADDR_W-1:0] m_awaddr_o,
    output wire [             7:0] m_awlen_o,
    output wire                    m_wvalid_o,
    input  wire                    m_wready_i,
    output wire [  AXI_DATA_W-1:0] m_wdata_o,
    output wire [AXI_DATA_W/8-1:0] m_wstrb_o,
    output wire                    m_wlast_o,
    input  wire                    m_bvalid_i,
    output wire                    m_bready_o,
    input  wire [             1:0] m_bresp_i
);
  /*%ERRORS*/errors
  localparam integer WORD_W = DATA_W > 8 ? 16 : 8;
  localparam integer LINES = LINE_W < AXI_DATA_W ? AXI_DATA_W / LINE_W : 1;
  localparam integer PARTS = LINE_W > AXI_DATA_W ? LINE_W / AXI_DATA_W : 1;
  localparam integer AT_W = LINES > 1 ? $clog2(LINES) : 1;
  localparam integer PART_W = PARTS > 1 ? $clog2(PARTS) : 1;
  localparam integer BEAT_BITS = OFFSET_W - BEAT_W;
  localparam integer STROBES = AXI_DATA_W / 8;
  localparam [20:0] DEPTH_A = A_DEPTH[20:0], DEPTH_B = B_DEPTH[20:0];
  localparam [OFFSET_W-1:0] NO_LINES = 0, ONE_LINE = 1;
  localparam [BURST_W:0] ONE_BEAT = 1;

  // ---------------------------------------------------------------- an instruction
  localparam [2:0] IDLE = 0, COUNT = 1, CHECK = 2, ADDRESS = 3, DATA = 4, END = 5;
  reg [2:0] state_q;
  reg from_b_q, odd_q;
  reg [OFFSET_W-1:0] base_q, count_q, offset_q;
  reg [11:0] outstanding_q;        // responses to come
  wire outside, asks, last_burst;
  wire [AT_W-1:0] at;
  wire [BEAT_W-1:0] beat;
  wire [BURST_W:0] beats;
  wire [31:0] memory = instruction_i[31:0];
  assign take_o = go_i && state_q == IDLE && !stop_i;

  wire [20:0] depth = from_b_q ? DEPTH_B : DEPTH_A;
  wire [OFFSET_W:0] behind = {1'b0, base_q} + {1'b0, count_q};
  wire beyond = {20'd0, behind} > {{OFFSET_W{1'b0}}, depth};
  wire good = !odd_q && count_q != NO_LINES && !beyond;
  wire begins = state_q == CHECK && !outside;

  rc_bursts #(
      .AXI_DATA_W(AXI_DATA_W),
      .LINE_W(LINE_W),
      .BEAT_W(BEAT_W),
      .AT_W(AT_W),
      .OFFSET_W(OFFSET_W),
      .BURST_W(BURST_W)
  ) u_bursts (
      .clk_i(clk_i),
      .rst_i(rst_i || start_i),
      .start_i(state_q == COUNT && good),
      .offset_i(offset_q),
      .lines_i(count_q),
      .low_i(low_i),
      .size_i(size_i),
      .bad_o(outside),
      .at_o(at),
      .request_o(asks),
      .beat_o(beat),
      .beats_o(beats),
      .grant_i(m_awvalid_o && m_awready_i),
      .last_o(last_burst)
  );

  // ---------------------------------------------------------------- bursts
  reg [BURST_W:0] left_q;          // beats of the burst
  reg last_burst_q;
  reg started_q;                   // an address is on the bus, and stays until it is taken
  wire beat_valid;
  wire w_take = m_wvalid_o && m_wready_i;
  wire burst_end = w_take && m_wlast_o;
  // A burst begins once its first beat is there, or else it could hold the bus.
  assign m_awvalid_o = state_q == ADDRESS && asks && (started_q || (beat_valid && !stop_i));
  assign m_awaddr_o = base_i + {{(AXI_ADDR_W - OFFSET_W) {1'b0}}, beat, {BEAT_BITS{1'b0}}};
  wire [BURST_W:0] more = beats - ONE_BEAT;
  assign m_awlen_o = {{(7 - BURST_W) {1'b0}}, more};
  assign m_wvalid_o = state_q == DATA && (beat_valid || nothing);
  assign m_wlast_o = left_q == ONE_BEAT;
  assign m_bready_o = 1'b1;
  assign idle_o = !started_q && state_q != DATA && outstanding_q == 12'd0;
  assign finished_o = state_q == END && outstanding_q == 12'd0 && !stop_i;
  assign active_o = state_q != IDLE;
  assign moving_o = active_o && !(m_awvalid_o && !m_awready_i) && !(m_wvalid_o && !m_wready_i) && state_q != END;

  // A beat on the bus stays what it is.
  reg waits_q, nothing_q;
  wire nothing = waits_q ? nothing_q : stop_i;
  always @(posedge clk_i) nothing_q <= nothing;
  always @(posedge clk_i)
    if (rst_i || start_i) begin
      state_q <= IDLE;
      started_q <= 1'b0;
      waits_q <= 1'b0;
      outstanding_q <= 12'd0;
    end else begin
      started_q <= m_awvalid_o && !m_awready_i;
      waits_q <= m_wvalid_o && !m_wready_i;
      if (burst_end != m_bvalid_i) outstanding_q <= burst_end ? outstanding_q + 12'd1 : outstanding_q - 12'd1;
      case (state_q)
        IDLE: if (take_o) state_q <= COUNT;
        COUNT: state_q <= good ? CHECK : IDLE;
        CHECK: state_q <= outside ? IDLE : ADDRESS;
        ADDRESS:
        if (m_awvalid_o && m_awready_i) state_q <= DATA;
        else if (stop_i && !m_awvalid_o) state_q <= IDLE;
        DATA: if (burst_end) state_q <= stop_i ? IDLE : last_burst_q ? END : ADDRESS;
        default: if (outstanding_q == 12'd0 || stop_i) state_q <= IDLE;
      endcase
    end
  always @(posedge clk_i) begin
    if (take_o) begin
      from_b_q <= memory[0];
      base_q <= instruction_i[32+:OFFSET_W];
      count_q <= instruction_i[64+:OFFSET_W];
      offset_q <= instruction_i[96+:OFFSET_W];
      odd_q <= memory[31:1] != 31'd0 || instruction_i[255:192] != 64'd0;
    end
    if (m_awvalid_o && m_awready_i) begin
      left_q <= beats;
      last_burst_q <= last_burst;
    end else if (w_take) left_q <= left_q - ONE_BEAT;
  end

  // ---------------------------------------------------------------- lines
  // Up to four are read ahead.
  reg reading_q;
  reg [OFFSET_W-1:0] reads_left_q, lines_left_q;
  wire [OFFSET_W+19:0] wide_base = {20'd0, base_q};
  reg [19:0] address_q;
  reg [2:0] room_q;                // places that no line has and no read will need
  reg [N*DATA_W-1:0] line_q[0:3];
  reg [1:0] newest_q, oldest_q;
  reg [2:0] held_q;
  wire read = read_valid_o && read_ready_i;
  wire pop;
  assign read_valid_o = reading_q && room_q != 3'd0 && !stop_i;
  assign read_memory_o = from_b_q;
  assign read_address_o = address_q;
  always @(posedge clk_i)
    if (rst_i || start_i || begins) begin
      reading_q <= begins && !rst_i && !start_i;
      room_q <= 3'd4;
      newest_q <= 2'd0;
      oldest_q <= 2'd0;
      held_q <= 3'd0;
    end else begin
      if (read && reads_left_q == ONE_LINE) reading_q <= 1'b0;
      if (read != pop) room_q <= read ? room_q - 3'd1 : room_q + 3'd1;
      if (read_done_i != pop) held_q <= read_done_i ? held_q + 3'd1 : held_q - 3'd1;
      if (read_done_i) newest_q <= newest_q + 2'd1;
      if (pop) oldest_q <= oldest_q + 2'd1;
    end
  always @(posedge clk_i) begin
    if (begins) begin
      address_q <= wide_base[19:0];
      reads_left_q <= count_q;
      lines_left_q <= count_q;
    end else begin
      if (read) begin
        address_q <= address_q + 20'd1;
        reads_left_q <= reads_left_q - ONE_LINE;
      end
      if (pop) lines_left_q <= lines_left_q - ONE_LINE;
    end
    if (read_done_i) line_q[newest_q] <= read_data_i;
  end

  // ---------------------------------------------------------------- beats
  wire [N*DATA_W-1:0] words = line_q[oldest_q];
  wire [LINE_W-1:0] line;
  genvar i;
  generate
    for (i = 0; i < LINE_W / WORD_W; i = i + 1) begin : lane
      if (i < N) begin : gen_word
        wire [DATA_W-1:0] word = words[i*DATA_W+:DATA_W];
        if (DATA_W < WORD_W) begin : gen_sign
          assign line[i*WORD_W+:WORD_W] = {{(WORD_W - DATA_W) {word[DATA_W-1]}}, word};
        end else begin : gen_whole
          assign line[i*WORD_W+:WORD_W] = word;
        end
      end else begin : gen_none
        assign line[i*WORD_W+:WORD_W] = {WORD_W{1'b0}};
      end
    end
  endgenerate

  reg beat_valid_q;
  reg [AXI_DATA_W-1:0] beat_q;
  reg [STROBES-1:0] strobe_q;
  wire room = (!beat_valid_q && !m_wvalid_o) || w_take;
  wire moves = held_q != 3'd0 && room;
  wire whole;                      // the beat is, with this part
  wire last_line = lines_left_q == ONE_LINE;
  assign beat_valid = beat_valid_q;
  assign m_wdata_o = beat_q;
  assign m_wstrb_o = strobe_q & {STROBES{!nothing}};
  always @(posedge clk_i)
    if (rst_i || start_i || begins) beat_valid_q <= 1'b0;
    else if (room) beat_valid_q <= moves && whole;
  generate
    if (LINES > 1) begin : gen_lines
      localparam integer LINE_STROBES = LINE_W / 8;
      reg [AT_W-1:0] at_q;
      reg fresh_q;                 // the beat has no line yet
      assign pop = moves;
      assign whole = &at_q || last_line;
      always @(posedge clk_i)
        if (begins) begin
          at_q <= at;
          fresh_q <= 1'b1;
        end else if (moves) begin
          at_q <= at_q + 1'b1;
          fresh_q <= whole;
        end
      wire [STROBES-1:0] own = {{(STROBES - LINE_STROBES) {1'b0}}, {LINE_STROBES{1'b1}}} << {at_q, {($clog2(LINE_STROBES)) {1'b0}}};
      always @(posedge clk_i)
        if (moves) begin
          beat_q[at_q*LINE_W+:LINE_W] <= line;
          strobe_q <= fresh_q ? own : strobe_q | own;
        end
    end else begin : gen_parts
      reg [PART_W-1:0] part_q;
      wire [PART_W-1:0] last_part = PARTS[PART_W-1:0] - 1'b1;
      assign whole = 1'b1;
      assign pop = moves && part_q == last_part;
      wire [LINE_W-1:0] shifted = line >> {part_q, {($clog2(AXI_DATA_W)) {1'b0}}};
      always @(posedge clk_i)
        if (begins) part_q <= {PART_W{1'b0}};
        else if (moves) part_q <= pop ? {PART_W{1'b0}} : part_q + 1'b1;
      always @(posedge clk_i)
        if (moves) begin
          beat_q <= shifted[AXI_DATA_W-1:0];
          strobe_q <= {STROBES{1'b1}};
        end
      wire unused = &{1'b0, at, last_line, shifted};
    end
  endgenerate

  // ---------------------------------------------------------------- errors
  wire bad = (state_q == COUNT && !good) || (state_q == CHECK && outside);
  wire refused = m_bvalid_i && m_bresp_i[1];
  always @(posedge clk_i)
    if (rst_i || start_i) error_o <= 1'b0;
    else if (bad || refused) error_o <= 1'b1;
  always @(posedge clk_i)
    if (!error_o)
      error_code_o <= refused ? E_BUS : state_q == CHECK ? E_OFFSET : odd_q ? E_MEMORY : count_q == NO_LINES ? E_COUNT : E_ADDRESS;

  wire unused_bits = &{1'b0, wide_base, instruction_i, instruction_i[191:128], m_bresp_i[0]};
endmodule
