// rc_accel: rc_accelerator behind AXI4 and AXI4-Lite. A program in DRAM brings data to its memories, has
// them moved through the array and brings results back; it is started by a register, and ends with an
// interrupt.
//
//     AXI4-Lite ──► rc_registers ──► rc_control: three lists of instructions
//                                       │ LOADs, STOREs         │ MOVEs
//     AXI4 ◄──────► rc_dma ◄────────────┘                       ▼
//                     └──────────── loads, reads ──────► rc_accelerator
module rc_accel #(
    parameter integer N       = /*%N*/4,
    parameter integer DATA_W  = /*%DATA_W*/8,
    parameter integer ACC_W   = /*%ACC_W*/32,
    parameter integer MAX_K   = /*%MAX_K*/4608,
    parameter integer BROADCAST_STAGES = /*%BROADCAST_STAGES*/0,
    parameter integer MAC_STAGES = /*%MAC_STAGES*/0,
    parameter integer TAG_W   = /*%TAG_W*/16,
    parameter integer A_DEPTH = /*%A_DEPTH*/1024,
    parameter integer B_DEPTH = /*%B_DEPTH*/1024,
    parameter integer W_DEPTH = /*%W_DEPTH*/1024,
    parameter integer Q_DEPTH = /*%Q_DEPTH*/64,
    parameter integer S_DEPTH = /*%S_DEPTH*/1024,
    parameter integer TABLES  = /*%TABLES*/0,
    parameter integer AXI_DATA_W = /*%AXI_DATA_W*/128,     // bits of a beat: 32, 64, 128, 256, 512
    parameter integer AXI_ADDR_W = /*%AXI_ADDR_W*/32,      // bits of an address: 32 to 64
    parameter integer CONFIG_HASH = /*%CONFIG_HASH*/0   // that programs are compiled for
) (
    input  wire                    clk_i,
    input  wire                    rst_i,         // synchronous, active high
    output wire                    irq_o,
    // AXI4-Lite: registers.
    input  wire                    s_awvalid_i,
    output wire                    s_awready_o,
    input  wire [            11:0] s_awaddr_i,
    input  wire [             2:0] s_awprot_i,
    input  wire                    s_wvalid_i,
    output wire                    s_wready_o,
    input  wire [            31:0] s_wdata_i,
    input  wire [             3:0] s_wstrb_i,
    output wire                    s_bvalid_o,
    input  wire                    s_bready_i,
    output wire [             1:0] s_bresp_o,
    input  wire                    s_arvalid_i,
    output wire                    s_arready_o,
    input  wire [            11:0] s_araddr_i,
    input  wire [             2:0] s_arprot_i,
    output wire                    s_rvalid_o,
    input  wire                    s_rready_i,
    output wire [            31:0] s_rdata_o,
    output wire [             1:0] s_rresp_o,
    // AXI4: the memory. One ID; bursts are INCR, of whole beats, at most 32.
    output wire                    m_arvalid_o,
    input  wire                    m_arready_i,
    output wire [  AXI_ADDR_W-1:0] m_araddr_o,
    output wire [             7:0] m_arlen_o,
    output wire [             2:0] m_arsize_o,
    output wire [             1:0] m_arburst_o,
    output wire [             3:0] m_arcache_o,
    output wire [             2:0] m_arprot_o,
    input  wire                    m_rvalid_i,
    output wire                    m_rready_o,
    input  wire [  AXI_DATA_W-1:0] m_rdata_i,
    input  wire [             1:0] m_rresp_i,
    input  wire                    m_rlast_i,
    output wire                    m_awvalid_o,
    input  wire                    m_awready_i,
    output wire [  AXI_ADDR_W-1:0] m_awaddr_o,
    output wire [             7:0] m_awlen_o,
    output wire [             2:0] m_awsize_o,
    output wire [             1:0] m_awburst_o,
    output wire [             3:0] m_awcache_o,
    output wire [             2:0] m_awprot_o,
    output wire                    m_wvalid_o,
    input  wire                    m_wready_i,
    output wire [  AXI_DATA_W-1:0] m_wdata_o,
    output wire [AXI_DATA_W/8-1:0] m_wstrb_o,
    output wire                    m_wlast_o,
    input  wire                    m_bvalid_i,
    output wire                    m_bready_o,
    input  wire [             1:0] m_bresp_i
);
  localparam integer WORD_W = DATA_W > 8 ? 16 : 8;
  localparam integer LINE_BITS = $clog2(N * WORD_W);
  localparam integer LINE_W = LINE_BITS > 6 ? 1 << LINE_BITS : 64;
  localparam integer SIZE = $clog2(AXI_DATA_W / 8);
  localparam integer BEAT_W = 32 - SIZE;
  localparam integer MOVE_BITS = /*%MOVE_BITS*/932;

  // Illegal parameters stop elaboration: the missing module's name is the message.
  generate
    if (AXI_DATA_W != 32 && AXI_DATA_W != 64 && AXI_DATA_W != 128 && AXI_DATA_W != 256 && AXI_DATA_W != 512) begin : gen_bad_data
      AXI_DATA_W_must_be_32_64_128_256_or_512 u_error ();
    end
    if (AXI_ADDR_W < 32 || AXI_ADDR_W > 64) begin : gen_bad_address
      AXI_ADDR_W_must_be_from_32_to_64 u_error ();
    end
    if (DATA_W > 16) begin : gen_bad_word
      DATA_W_must_be_up_to_16 u_error ();
    end
  endgenerate

  assign m_arsize_o = SIZE[2:0];
  assign m_arburst_o = 2'b01;
  assign m_arcache_o = 4'b0011;
  assign m_arprot_o = 3'b000;
  assign m_awsize_o = SIZE[2:0];
  assign m_awburst_o = 2'b01;
  assign m_awcache_o = 4'b0011;
  assign m_awprot_o = 3'b000;

  wire start, abort, running, ends, done, error;
  wire [3:0] unit, code;
  wire [31:0] index, size, low;
  wire [63:0] base;
  wire [95:0] offsets, counts;
  wire [71:0] finished;
  wire [415:0] counters;

  rc_registers #(
      .CONFIG_HASH(CONFIG_HASH),
      .COUNTERS(13)
  ) u_registers (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .irq_o(irq_o),
      .s_awvalid_i(s_awvalid_i),
      .s_awready_o(s_awready_o),
      .s_awaddr_i(s_awaddr_i),
      .s_wvalid_i(s_wvalid_i),
      .s_wready_o(s_wready_o),
      .s_wdata_i(s_wdata_i),
      .s_wstrb_i(s_wstrb_i),
      .s_bvalid_o(s_bvalid_o),
      .s_bready_i(s_bready_i),
      .s_bresp_o(s_bresp_o),
      .s_arvalid_i(s_arvalid_i),
      .s_arready_o(s_arready_o),
      .s_araddr_i(s_araddr_i),
      .s_rvalid_o(s_rvalid_o),
      .s_rready_i(s_rready_i),
      .s_rdata_o(s_rdata_o),
      .s_rresp_o(s_rresp_o),
      .start_o(start),
      .abort_o(abort),
      .base_o(base),
      .size_o(size),
      .low_o(low),
      .offsets_o(offsets),
      .counts_o(counts),
      .running_i(running),
      .end_i(ends),
      .done_i(done),
      .error_i(error),
      .unit_i(unit),
      .code_i(code),
      .index_i(index),
      .finished_i(finished),
      .counters_i(counters)
  );

  wire begins, stop, bus_idle, last, bus_error, clear, idle;
  wire [2:0] request, grant, valid;
  wire [3*BEAT_W-1:0] beat;
  wire [17:0] beats;
  wire load_go, load_take, load_finished, load_active, load_moving, load_beat, load_error, load_error_new;
  wire store_go, store_take, store_finished, store_active, store_moving, store_beat, store_error;
  wire [255:0] load, store;
  wire [3:0] load_error_code, store_error_code, move_error_code;
  wire move_valid, move_ready, move_start, move_done, move_error;
  wire [MOVE_BITS-1:0] move;

  rc_control #(
      .AXI_DATA_W(AXI_DATA_W),
      .BEAT_W(BEAT_W),
      .MOVE_BITS(MOVE_BITS)
  ) u_control (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .start_i(start),
      .abort_i(abort),
      .base_i(base[11:0]),
      .size_i(size),
      .offsets_i(offsets),
      .counts_i(counts),
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
      .bus_error_i(bus_error),
      .data_i(m_rdata_i),
      .load_go_o(load_go),
      .load_o(load),
      .load_take_i(load_take),
      .load_finished_i(load_finished),
      .load_active_i(load_active),
      .load_moving_i(load_moving),
      .load_beat_i(load_beat),
      .load_error_i(load_error),
      .load_error_new_i(load_error_new),
      .load_error_code_i(load_error_code),
      .store_go_o(store_go),
      .store_o(store),
      .store_take_i(store_take),
      .store_finished_i(store_finished),
      .store_active_i(store_active),
      .store_moving_i(store_moving),
      .store_beat_i(store_beat),
      .store_error_i(store_error),
      .store_error_code_i(store_error_code),
      .clear_o(clear),
      .idle_i(idle),
      .move_valid_o(move_valid),
      .move_ready_i(move_ready),
      .move_o(move),
      .move_start_i(move_start),
      .move_done_i(move_done),
      .move_error_i(move_error),
      .move_error_code_i(move_error_code)
  );

  wire to_valid, to_ready, scale_valid, scale_rows, table_valid, read_valid, read_ready, read_memory, read_done;
  wire [1:0] to_memory;
  wire [19:0] to_address, scale_address, table_address, read_address;
  wire [N*DATA_W-1:0] to_data, read_data;
  wire [N-1:0] scale_lanes;
  wire [49:0] scale;
  wire [DATA_W-1:0] table_data;

  rc_dma #(
      .N(N),
      .DATA_W(DATA_W),
      .A_DEPTH(A_DEPTH),
      .B_DEPTH(B_DEPTH),
      .W_DEPTH(W_DEPTH),
      .Q_DEPTH(Q_DEPTH),
      .S_DEPTH(S_DEPTH),
      .T_DEPTH(TABLES << DATA_W),
      .AXI_DATA_W(AXI_DATA_W),
      .AXI_ADDR_W(AXI_ADDR_W),
      .LINE_W(LINE_W),
      .BEAT_W(BEAT_W)
  ) u_dma (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .start_i(begins),
      .stop_i(stop),
      .idle_o(bus_idle),
      .base_i(base[AXI_ADDR_W-1:0]),
      .low_i(low),
      .size_i(size),
      .request_i(request),
      .beat_i(beat),
      .beats_i(beats),
      .grant_o(grant),
      .valid_o(valid),
      .last_o(last),
      .bus_error_o(bus_error),
      .load_go_i(load_go),
      .load_i(load),
      .load_take_o(load_take),
      .load_finished_o(load_finished),
      .load_active_o(load_active),
      .load_moving_o(load_moving),
      .load_beat_o(load_beat),
      .load_error_o(load_error),
      .load_error_new_o(load_error_new),
      .load_error_code_o(load_error_code),
      .store_go_i(store_go),
      .store_i(store),
      .store_take_o(store_take),
      .store_finished_o(store_finished),
      .store_active_o(store_active),
      .store_moving_o(store_moving),
      .store_beat_o(store_beat),
      .store_error_o(store_error),
      .store_error_code_o(store_error_code),
      .load_valid_o(to_valid),
      .load_ready_i(to_ready),
      .load_memory_o(to_memory),
      .load_address_o(to_address),
      .load_data_o(to_data),
      .scale_valid_o(scale_valid),
      .scale_rows_o(scale_rows),
      .scale_lanes_o(scale_lanes),
      .scale_address_o(scale_address),
      .scale_o(scale),
      .table_valid_o(table_valid),
      .table_address_o(table_address),
      .table_data_o(table_data),
      .read_valid_o(read_valid),
      .read_ready_i(read_ready),
      .read_memory_o(read_memory),
      .read_address_o(read_address),
      .read_done_i(read_done),
      .read_data_i(read_data),
      .m_arvalid_o(m_arvalid_o),
      .m_arready_i(m_arready_i),
      .m_araddr_o(m_araddr_o),
      .m_arlen_o(m_arlen_o),
      .m_rvalid_i(m_rvalid_i),
      .m_rready_o(m_rready_o),
      .m_rdata_i(m_rdata_i),
      .m_rresp_i(m_rresp_i),
      .m_rlast_i(m_rlast_i),
      .m_awvalid_o(m_awvalid_o),
      .m_awready_i(m_awready_i),
      .m_awaddr_o(m_awaddr_o),
      .m_awlen_o(m_awlen_o),
      .m_wvalid_o(m_wvalid_o),
      .m_wready_i(m_wready_i),
      .m_wdata_o(m_wdata_o),
      .m_wstrb_o(m_wstrb_o),
      .m_wlast_o(m_wlast_o),
      .m_bvalid_i(m_bvalid_i),
      .m_bready_o(m_bready_o),
      .m_bresp_i(m_bresp_i)
  );

  rc_accelerator #(
      .N(N),
      .DATA_W(DATA_W),
      .ACC_W(ACC_W),
      .MAX_K(MAX_K),
      .BROADCAST_STAGES(BROADCAST_STAGES),
      .MAC_STAGES(MAC_STAGES),
      .TAG_W(TAG_W),
      .A_DEPTH(A_DEPTH),
      .B_DEPTH(B_DEPTH),
      .W_DEPTH(W_DEPTH),
      .Q_DEPTH(Q_DEPTH),
      .S_DEPTH(S_DEPTH),
      .TABLES(TABLES)
  ) u_accelerator (
      .clk_i(clk_i),
      .rst_i(clear),
      .move_valid_i(move_valid),
      .move_ready_o(move_ready),
      .move_i(move),
      .start_o(move_start),
      .done_o(move_done),
      .idle_o(idle),
      .error_o(move_error),
      .error_code_o(move_error_code),
      .load_valid_i(to_valid),
      .load_ready_o(to_ready),
      .load_memory_i(to_memory),
      .load_lanes_i({N{1'b1}}),
      .load_address_i(to_address),
      .load_data_i(to_data),
      .scale_valid_i(scale_valid),
      .scale_rows_i(scale_rows),
      .scale_lanes_i(scale_lanes),
      .scale_address_i(scale_address),
      .scale_i(scale),
      .table_valid_i(table_valid),
      .table_address_i(table_address),
      .table_data_i(table_data),
      .read_valid_i(read_valid),
      .read_ready_o(read_ready),
      .read_memory_i(read_memory),
      .read_address_i(read_address),
      .read_done_o(read_done),
      .read_data_o(read_data)
  );

  wire unused = &{1'b0, s_awprot_i, s_arprot_i, base};
endmodule
