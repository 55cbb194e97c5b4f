// JSON-RPC 2.0, point by point.

// A call with params by name; the id comes back with its type.
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":{"market":"ETH-PERP"}}
<< {"jsonrpc":"2.0","id":1,"result":{"market":"ETH-PERP"}}
>> {"jsonrpc":"2.0","id":"1","method":"demo_echo","params":{"market":"ETH-PERP"}}
<< {"jsonrpc":"2.0","id":"1","result":{"market":"ETH-PERP"}}
>> {"jsonrpc":"2.0","id":"","method":"demo_nothing"}
<< {"jsonrpc":"2.0","id":"","result":null}
>> {"jsonrpc":"2.0","id":-9007199254740991,"method":"demo_nothing"}
<< {"jsonrpc":"2.0","id":-9007199254740991,"result":null}
>> {"jsonrpc":"2.0","id":"a\"\\\u0000\ud83d\ude00","method":"demo_nothing"}
<< {"jsonrpc":"2.0","id":"a\"\\\u0000\ud83d\ude00","result":null}

// An id of null is an id: this is a request, not a notification.
>> {"jsonrpc":"2.0","id":null,"method":"demo_nothing"}
<< {"jsonrpc":"2.0","id":null,"result":null}

// Members in any order, unknown members ignored, the last of two equal ones counts.
>> {"params":[{"market":"A"}],"method":"demo_echo","extra":1,"id":1,"id":2,"jsonrpc":"2.0"}
<< {"jsonrpc":"2.0","id":2,"result":{"market":"A"}}

// Params may be absent, {}, [], or [{...}]; nothing else.
>> {"jsonrpc":"2.0","id":1,"method":"demo_nothing","params":{}}
<< {"jsonrpc":"2.0","id":1,"result":null}
>> {"jsonrpc":"2.0","id":1,"method":"demo_nothing","params":[]}
<< {"jsonrpc":"2.0","id":1,"result":null}
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":["A"]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"<string>","data":{"name":"INVALID_PARAMS","param":"params","expected":"an object, or an array with one object","received":"an array of 1","retryable":false}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":[{"market":"A"},{"market":"B"}]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"<string>","data":{"param":"params","received":"an array of 2","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":[null]}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"<string>","data":{"received":"null","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":"A"}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"<string>","data":{"name":"INVALID_REQUEST","param":"params","expected":"an object, or an array with one object","received":"\"A\"","retryable":false}}}
>> {"jsonrpc":"2.0","id":1,"method":"demo_echo","params":null}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"<string>","data":{"received":"null","<rest>":0}}}

// Text that is not JSON: -32700 with id null.
>> {"jsonrpc":"2.0","method":"foobar, "params":"bar","baz]
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"<string>","data":{"name":"PARSE_ERROR","received":"<string>","retryable":false}}}
>> [{"jsonrpc":"2.0","method":"sum","params":[1,2,4],"id":"1"},{"jsonrpc":"2.0","method"
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"<string>","data":"<any>"}}

// JSON that is no request: -32600; its id if that can be told, else null.
>> {"jsonrpc":"2.0","method":1,"params":"bar"}
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"<string>","data":{"param":"method","expected":"a string","received":"1","<rest>":0}}}
>> {"jsonrpc":"1.0","id":7,"method":"demo_nothing"}
<< {"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"<string>","data":{"param":"jsonrpc","expected":"\"2.0\"","received":"\"1.0\"","<rest>":0}}}
>> {"jsonrpc":2.0,"id":7,"method":"demo_nothing"}
<< {"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"<string>","data":{"param":"jsonrpc","received":"2","<rest>":0}}}
>> {"id":7,"method":"demo_nothing"}
<< {"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"<string>","data":{"param":"jsonrpc","received":"nothing","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1.5,"method":"demo_nothing"}
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"<string>","data":{"param":"id","received":"1.5","<rest>":0}}}
>> {"jsonrpc":"2.0","id":9007199254740993,"method":"demo_nothing"}
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"<string>","data":{"param":"id","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1e999,"method":"demo_nothing"}
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"<string>","data":{"param":"id","<rest>":0}}}
>> {"jsonrpc":"2.0","id":{},"method":"demo_nothing"}
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"<string>","data":{"param":"id","received":"an object","<rest>":0}}}
>> {"jsonrpc":"2.0","id":true,"method":"demo_nothing"}
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"<string>","data":{"param":"id","received":"true","<rest>":0}}}
>> 1
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"<string>","data":{"param":"request","received":"1","<rest>":0}}}
>> null
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"<string>","data":"<any>"}}
>> "demo_nothing"
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"<string>","data":"<any>"}}
>> {}
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"<string>","data":"<any>"}}

// No such method: the namespace says which there are.
>> {"jsonrpc":"2.0","id":1,"method":"demo_ECHO"}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"<string>","data":{"name":"METHOD_NOT_FOUND","param":"method","expected":"demo_echo","received":"\"demo_ECHO\"","retryable":false}}}
>> {"jsonrpc":"2.0","id":1,"method":"admin_start"}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"<string>","data":{"expected":"one of admin_stop","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1,"method":"constructor"}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"<string>","data":{"expected":"a method of demo_, admin_","<rest>":0}}}
>> {"jsonrpc":"2.0","id":1,"method":"rpc.other"}
<< {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"<string>","data":"<any>"}}

// Notifications are never answered, whatever becomes of them.
>> {"jsonrpc":"2.0","method":"demo_echo","params":{"market":"A"}}
<<
>> {"jsonrpc":"2.0","method":"foobar"}
<<
>> {"jsonrpc":"2.0","method":"demo_echo","params":{"wrong":1}}
<<
>> {"jsonrpc":"2.0","method":"demo_fail"}
<<
>> {"jsonrpc":"2.0","method":"demo_failLater"}
<<

// Batches: an empty one is one fault; each bad entry has its own; order is kept.
>> []
<< {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"<string>","data":"<any>"}}
>> [1]
<< [{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"<string>","data":"<any>"}}]
>> [1,2,[]]
<< [{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"<rest>":0}},{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"<rest>":0}},{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"<rest>":0}}]
>> [{"jsonrpc":"2.0","method":"demo_nothing"},{"jsonrpc":"2.0","method":"foobar"}]
<<
>> [{"jsonrpc":"2.0","id":"1","method":"demo_later"},{"jsonrpc":"2.0","method":"demo_nothing"},{"jsonrpc":"2.0","id":2,"method":"demo_nothing"},{"foo":"boo"},{"jsonrpc":"2.0","id":"5","method":"foo.get"},{"jsonrpc":"2.0","id":9,"method":"demo_refuseLater"}]
<< [{"jsonrpc":"2.0","id":"1","result":"done"},{"jsonrpc":"2.0","id":2,"result":null},{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"<rest>":0}},{"jsonrpc":"2.0","id":"5","error":{"code":-32601,"<rest>":0}},{"jsonrpc":"2.0","id":9,"error":{"code":36005,"<rest>":0}}]
