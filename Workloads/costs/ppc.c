// Calls between processes without stubs: what is left when one part after the other is left out.
#include "tornado.h"

enum { costs_nothing, costs_bare, costs_data, costs_registers };
void costs_bare_entry(void);
void costs_bare_call(uint64_t port);
void costs_bare_call_with_data(uint64_t port, void *data);
void costs_no_call(uint64_t port);
void costs_remote_call(uint64_t port, uint64_t object, uint64_t method, uint64_t processor, uint64_t *results);
long costs_bare_port(int mapped_stacks);
uint64_t costs_object(void);
void costs_export_object(void);
long costs_of(int kind, uint64_t port, uint64_t object, void *data);

// A number of abi/calls.h as the assembler reads it.
#define TEXT(number) #number
#define NUMBER(number) TEXT(number)

__asm__(
    ".set push\n.set noreorder\n.set noat\n.text\n"
    // The server's side of a call that does nothing, not even look at what was called.
    ".globl costs_bare_entry\ncosts_bare_entry:\n"
    "li $2," NUMBER(TORNADO_CALL_PPC_RETURN) "\nsyscall\n"
    // (port): a call that keeps no registers, for the entry above, which changes none.
    ".globl costs_bare_call\ncosts_bare_call:\n"
    "move $3,$4\nli $2," NUMBER(TORNADO_CALL_PPC) "\nsyscall\njr $31\nnop\n"
    // (port, data): the same with 8 KB of data.
    ".globl costs_bare_call_with_data\ncosts_bare_call_with_data:\n"
    "move $3,$4\nmove $9,$5\nli $10,8192\nli $2," NUMBER(TORNADO_CALL_PPC_WITH_DATA) "\nsyscall\njr $31\nnop\n"
    // What is the same for all of them and not theirs.
    ".globl costs_no_call\ncosts_no_call:\n"
    "jr $31\nnop\n"
    // (port, object, method, processor, results): a remote call; results[0] is how many turns the caller
    // waited, results[1] what came back.
    ".globl costs_remote_call\ncosts_remote_call:\n"
    "daddiu $29,$29,-112\n"
    "sd $16,0($29)\nsd $17,8($29)\nsd $18,16($29)\nsd $19,24($29)\nsd $20,32($29)\nsd $21,40($29)\nsd $22,48($29)\nsd $23,56($29)\n"
    "sd $28,64($29)\nsd $30,72($29)\nsd $31,80($29)\nsd $8,88($29)\n"
    "move $3,$4\nmove $12,$7\nli $2," NUMBER(TORNADO_CALL_PPC_REMOTE) "\nsyscall\n"
    "ld $16,0($29)\nld $17,8($29)\nld $18,16($29)\nld $19,24($29)\nld $20,32($29)\nld $21,40($29)\nld $22,48($29)\nld $23,56($29)\n"
    "ld $28,64($29)\nld $30,72($29)\nld $31,80($29)\nld $8,88($29)\n"
    "sd $13,0($8)\nsd $4,8($8)\njr $31\ndaddiu $29,$29,112\n"
    ".set pop\n");

static struct tornado_ppc_result stub(TORNADO_TARGET, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) {
  return (struct tornado_ppc_result){0, a};
}

long costs_bare_port(int mapped_stacks) { return tornado_make_port_at(costs_bare_entry, mapped_stacks); }
uint64_t costs_object(void) { return TORNADO_TABLE + 5 * 16; }
void costs_export_object(void) { tornado_set_external(costs_object(), stub); }

static uint64_t instructions(void) { return ((const volatile uint64_t *)tornado_program.monitor_page)[1]; }

long costs_of(int kind, uint64_t port, uint64_t object, void *data) {
  uint64_t start = instructions();
  switch (kind) {
    case costs_nothing: costs_no_call(port); break;
    case costs_bare: costs_bare_call(port); break;
    case costs_data: costs_bare_call_with_data(port, data); break;
    case costs_registers: tornado_ppc_1(port, object, 0, 1); break;
  }
  return (long)(instructions() - start);
}
