// rc_memory: every lane against a model of its own, written and read at addresses of its own.
module rc_memory_tb;
  parameter integer N = 4;
  parameter integer WIDTH = 8;
  parameter integer DEPTH = 5;
  parameter integer SEED = 1;
  localparam integer ADDRESS_W = $clog2(DEPTH);

  reg clk;
  reg [N-1:0] write, read;
  reg [N*ADDRESS_W-1:0] write_address, read_address;
  reg [N*WIDTH-1:0] data, expected;
  wire [N*WIDTH-1:0] data_o;
  reg [WIDTH-1:0] words[0:N*DEPTH-1];
  reg [N-1:0] was_read;
  integer seed, t, l, at, fails, met;

  rc_memory #(
      .N(N),
      .WIDTH(WIDTH),
      .DEPTH(DEPTH)
  ) u_memory (
      .clk_i(clk),
      .write_i(write),
      .write_address_i(write_address),
      .data_i(data),
      .read_i(read),
      .read_address_i(read_address),
      .data_o(data_o)
  );

  initial begin
    seed = SEED;
    fails = 0;
    met = 0;
    clk = 1'b0;
    was_read = 0;
    for (t = 0; t < 20 * DEPTH + 200; t = t + 1) begin
      for (l = 0; l < N; l = l + 1) begin
        write[l] = t < DEPTH || {$random(seed)} % 2;
        read[l] = t >= DEPTH && {$random(seed)} % 2;
        at = t < DEPTH ? t : {$random(seed)} % DEPTH;
        data[l*WIDTH+:WIDTH] = {$random(seed), $random(seed)};
        if (read[l]) begin
          // As often as not at the address that is written.
          if ({$random(seed)} % 2) read_address[l*ADDRESS_W+:ADDRESS_W] = at;
          else read_address[l*ADDRESS_W+:ADDRESS_W] = {$random(seed)} % DEPTH;
          expected[l*WIDTH+:WIDTH] = words[l*DEPTH+read_address[l*ADDRESS_W+:ADDRESS_W]];
          was_read[l] = 1'b1;
          if (write[l] && read_address[l*ADDRESS_W+:ADDRESS_W] == at) met = met + 1;
        end else read_address[l*ADDRESS_W+:ADDRESS_W] = {ADDRESS_W{1'bx}};
        if (write[l]) write_address[l*ADDRESS_W+:ADDRESS_W] = at;
        else write_address[l*ADDRESS_W+:ADDRESS_W] = {ADDRESS_W{1'bx}};
      end
      #5 clk = 1'b1;
      #1;
      for (l = 0; l < N; l = l + 1)
        if (write[l]) words[l*DEPTH+write_address[l*ADDRESS_W+:ADDRESS_W]] = data[l*WIDTH+:WIDTH];
      #4 clk = 1'b0;
      for (l = 0; l < N; l = l + 1)
        if (was_read[l] && data_o[l*WIDTH+:WIDTH] !== expected[l*WIDTH+:WIDTH]) begin
          if (fails < 5)
            $display("FAIL: seed %0d, cycle %0d, lane %0d: %h, not %h", SEED, t, l, data_o[l*WIDTH+:WIDTH],
                     expected[l*WIDTH+:WIDTH]);
          fails = fails + 1;
        end
    end
    if (fails == 0 && met > 10) $display("PASS: %0d cycles", t);
    else $display("FAIL: %0d failures, %0d reads of what was being written", fails, met);
    $finish;
  end
endmodule
