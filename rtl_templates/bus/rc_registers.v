// rc_registers: an AXI4-Lite slave with the registers of the program's driver; see the sheet for the map.
//
// While a program runs only an abort, the interrupt's enable and its clearing are taken.
module rc_registers #(
    parameter integer CONFIG_HASH = /*%CONFIG_HASH*/0,
    parameter integer COUNTERS   = 13
) (
    input  wire        clk_i,
    input  wire        rst_i,
    output wire        irq_o,
    // AXI4-Lite
    input  wire        s_awvalid_i,
    output wire        s_awready_o,
    input  wire [11:0] s_awaddr_i,
    input  wire        s_wvalid_i,
    output wire        s_wready_o,
    input  wire [31:0] s_wdata_i,
    input  wire [ 3:0] s_wstrb_i,
    output wire        s_bvalid_o,
    input  wire        s_bready_i,
    output wire [ 1:0] s_bresp_o,
    input  wire        s_arvalid_i,
    output wire        s_arready_o,
    input  wire [11:0] s_araddr_i,
    output wire        s_rvalid_o,
    input  wire        s_rready_i,
    output wire [31:0] s_rdata_o,
    output wire [ 1:0] s_rresp_o,
    // To the program.
    output reg         start_o,
    output reg         abort_o,
    output reg  [63:0] base_o,
    output reg  [31:0] size_o,
    output reg  [31:0] low_o,
    output reg  [95:0] offsets_o,       // of the lists: LOADs, MOVEs, STOREs, from the lowest bits on
    output reg  [95:0] counts_o,
    // From it.
    input  wire        running_i,
    input  wire        end_i,           // it has ended: an interrupt
    input  wire        done_i,
    input  wire        error_i,
    input  wire [ 3:0] unit_i,
    input  wire [ 3:0] code_i,
    input  wire [31:0] index_i,
    input  wire [71:0] finished_i,      // LOADs, MOVEs, STOREs
    input  wire [32*COUNTERS-1:0] counters_i
);
  /*%REGISTERS*/registers
  localparam [31:0] IDENTITY = 32'h52434131;
  localparam [11:0] LAST_COUNTER = R_CYCLES + 4 * (COUNTERS[11:0] - 12'd1);

  // ---------------------------------------------------------------- writes
  reg write_q, responds_q;
  assign s_awready_o = write_q;
  assign s_wready_o = write_q;
  assign s_bvalid_o = responds_q;
  assign s_bresp_o = 2'b00;
  always @(posedge clk_i)
    if (rst_i) begin
      write_q <= 1'b0;
      responds_q <= 1'b0;
    end else begin
      write_q <= s_awvalid_i && s_wvalid_i && !write_q && (!responds_q || s_bready_i);
      responds_q <= write_q || (responds_q && !s_bready_i);
    end

  wire [11:0] to = {s_awaddr_i[11:2], 2'b00};
  wire [31:0] mask = {{8{s_wstrb_i[3]}}, {8{s_wstrb_i[2]}}, {8{s_wstrb_i[1]}}, {8{s_wstrb_i[0]}}};
  wire [31:0] bits = s_wdata_i & mask;
  reg enable_q, interrupt_q;
  assign irq_o = enable_q && interrupt_q;
  wire sets = write_q && !running_i && !start_o;

  always @(posedge clk_i)
    if (rst_i) begin
      start_o <= 1'b0;
      abort_o <= 1'b0;
      enable_q <= 1'b0;
      interrupt_q <= 1'b0;
    end else begin
      start_o <= sets && to == R_CONTROL && bits[0] && !bits[1];
      abort_o <= write_q && to == R_CONTROL && bits[1];
      if (write_q && to == R_IRQ_ENABLE && s_wstrb_i[0]) enable_q <= s_wdata_i[0];
      interrupt_q <= end_i || (interrupt_q && !(write_q && to == R_IRQ && bits[0]));
    end

  always @(posedge clk_i)
    if (rst_i) begin
      base_o <= 64'd0;
      size_o <= 32'd0;
      low_o <= 32'd0;
      offsets_o <= 96'd0;
      counts_o <= 96'd0;
    end else if (sets) begin
      if (to == R_BASE_LO) base_o[31:0] <= bits | (base_o[31:0] & ~mask);
      if (to == R_BASE_HI) base_o[63:32] <= bits | (base_o[63:32] & ~mask);
      if (to == R_SIZE) size_o <= bits | (size_o & ~mask);
      if (to == R_WRITABLE) low_o <= bits | (low_o & ~mask);
      if (to == R_LOAD_OFFSET) offsets_o[31:0] <= bits | (offsets_o[31:0] & ~mask);
      if (to == R_MOVE_OFFSET) offsets_o[63:32] <= bits | (offsets_o[63:32] & ~mask);
      if (to == R_STORE_OFFSET) offsets_o[95:64] <= bits | (offsets_o[95:64] & ~mask);
      if (to == R_LOAD_COUNT) counts_o[31:0] <= bits | (counts_o[31:0] & ~mask);
      if (to == R_MOVE_COUNT) counts_o[63:32] <= bits | (counts_o[63:32] & ~mask);
      if (to == R_STORE_COUNT) counts_o[95:64] <= bits | (counts_o[95:64] & ~mask);
    end

  // ---------------------------------------------------------------- reads
  reg read_q, answers_q;
  reg [31:0] answer_q;
  assign s_arready_o = read_q;
  assign s_rvalid_o = answers_q;
  assign s_rdata_o = answer_q;
  assign s_rresp_o = 2'b00;
  wire [11:0] from = {s_araddr_i[11:2], 2'b00};
  wire counts = from >= R_CYCLES && from <= LAST_COUNTER;
  wire [11:0] counter = (from - R_CYCLES) >> 2;
  always @(posedge clk_i)
    if (rst_i) begin
      read_q <= 1'b0;
      answers_q <= 1'b0;
    end else begin
      read_q <= s_arvalid_i && !read_q && (!answers_q || s_rready_i);
      answers_q <= read_q || (answers_q && !s_rready_i);
    end
  always @(posedge clk_i)
    if (read_q)
      case (from)
        R_ID: answer_q <= IDENTITY;
        R_CONFIG: answer_q <= CONFIG_HASH;
        R_STATUS: answer_q <= {20'd0, code_i, unit_i, 1'b0, error_i, done_i, running_i};
        R_IRQ_ENABLE: answer_q <= {31'd0, enable_q};
        R_IRQ: answer_q <= {31'd0, interrupt_q};
        R_ERROR_INDEX: answer_q <= index_i;
        R_BASE_LO: answer_q <= base_o[31:0];
        R_BASE_HI: answer_q <= base_o[63:32];
        R_SIZE: answer_q <= size_o;
        R_WRITABLE: answer_q <= low_o;
        R_LOAD_OFFSET: answer_q <= offsets_o[31:0];
        R_MOVE_OFFSET: answer_q <= offsets_o[63:32];
        R_STORE_OFFSET: answer_q <= offsets_o[95:64];
        R_LOAD_COUNT: answer_q <= counts_o[31:0];
        R_MOVE_COUNT: answer_q <= counts_o[63:32];
        R_STORE_COUNT: answer_q <= counts_o[95:64];
        R_LOADS_DONE: answer_q <= {8'd0, finished_i[23:0]};
        R_MOVES_DONE: answer_q <= {8'd0, finished_i[47:24]};
        R_STORES_DONE: answer_q <= {8'd0, finished_i[71:48]};
        default: answer_q <= counts ? counters_i[counter[3:0]*32+:32] : 32'd0;
      endcase

  wire unused = &{1'b0, s_awaddr_i[1:0], s_araddr_i[1:0], counter};
endmodule
