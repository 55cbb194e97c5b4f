// What a client reads when something is wrong.

// The handler refused: code, name and facts, whether it refused at once or later.
>> {"jsonrpc":"2.0","id":1,"method":"demo_refuse"}
<< {"jsonrpc":"2.0","id":1,"error":{"code":32001,"message":"Free collateral does not cover this order; deposit, reduce it, or close something.","data":{"name":"INSUFFICIENT_MARGIN","expected":"10","received":"3","retryable":false}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_refuseLater"}
<< {"jsonrpc":"2.0","id":1,"error":{"code":36005,"message":"<string>","data":{"name":"BLOCK_NOT_FOUND","retryAfterMs":250,"retryable":true}}}

// The node failed: an incident number, and nothing of its insides.
>> {"jsonrpc":"2.0","id":1,"method":"demo_fail"}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"The node failed on this request; tell the operator the incident id.","data":{"name":"INTERNAL_ERROR","incident":"<string>","retryable":true}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_failLater"}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"<string>","data":{"name":"INTERNAL_ERROR","incident":"<string>","retryable":true}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_bigint"}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"<string>","data":{"name":"INTERNAL_ERROR","incident":"<string>","retryable":true}}}

// Params: where, what was wanted, what came.
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo"}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"<string>","data":{"name":"INVALID_PARAMS","param":"market","expected":"a string","received":"nothing","retryable":false}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":{"market":"A","limit":1.5}}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"<string>","data":{"param":"limit","expected":"a whole number","received":"1.5","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":{"market":"A","limit":101}}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"<string>","data":{"param":"limit","expected":"at most 100","received":"101","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":{"market":""}}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"<string>","data":{"param":"market","expected":"at least 1 characters","received":"\"\"","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":{"market":"A","orders":[{"price":"1"},{"price":"01"}]}}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"<string>","data":{"param":"orders[1].price","expected":"a decimal number above zero in a string, such as \"0.25\"","received":"\"01\"","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":{"market":"A","owner":"0x12"}}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"<string>","data":{"param":"owner","expected":"an address: 0x and 40 hex digits","received":"\"0x12\"","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":{"market":"A","limt":5}}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"<string>","data":{"param":"limt","expected":"no such parameter","received":"5","<rest>":0}}}

// Several faults: the first in front, all in issues; an action that was refused used no nonce.
>> {"jsonrpc":"2.0","id":1,"method":"demo_side","params":{"side":"long","form":{"type":"limit"}}}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"<string>","data":{"name":"INVALID_PARAMS","param":"side","expected":"one of \"buy\", \"sell\"","received":"\"long\"","issues":[{"param":"side","expected":"one of \"buy\", \"sell\"","received":"\"long\""},{"param":"form.price","expected":"a decimal number above zero in a string, such as \"0.25\"","received":"nothing"}],"nonceConsumed":false,"retryable":false}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_side","params":{"side":"buy","form":{"type":"stop"}}}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"<string>","data":{"param":"form.type","expected":"one of \"limit\", \"market\"","received":"\"stop\"","<rest>":0}}}

// An address in any case is the same address.
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":{"market":"A","owner":"0xF39FD6E51AAD88F6F4CE6AB8827279CFFFB92266"}}
<< {"jsonrpc":"2.0","id":1,"result":{"market":"A","owner":"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"}}

// Keys that would poison copies, and nesting without end.
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":{"market":"A","__proto__":{"limit":5}}}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"<string>","data":{"expected":"no member __proto__","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_nothing","__proto__":{"id":5}}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"<string>","data":{"param":"__proto__","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":{"constructor":{"prototype":{"x":1}},"market":"A"}}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"<string>","data":{"param":"constructor","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_nothing","params":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":35005,"message":"<string>","data":{"name":"TOO_DEEP","retryable":false}}}

// Administration is for programs on the operator's machine.
>> {"jsonrpc":"2.0","id":1,"method":"admin_stop"}
<< {"jsonrpc":"2.0","id":1,"error":{"code":30003,"message":"<string>","data":{"name":"ADMIN_ONLY_LOCAL","retryable":false}}}
