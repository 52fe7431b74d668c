// Speech to text, and a chat about a clip, through Microsoft.Extensions.AI.
//   dotnet run --project examples/Qwen2Audio.Examples -- samples/date.wav
//   dotnet run --project examples/Qwen2Audio.Examples -- clip.wav Qwen/Qwen2-Audio-7B-Instruct "What do you hear?"
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Qwen2Audio.Hub.Cache;

if (args.Length is not (1 or 3))
{
    Console.Error.WriteLine("usage: CLIP [CHAT-MODEL QUESTION]");
    return 2;
}

try
{
    using var services = new ServiceCollection()
        .AddQwen2Audio(chatFolder: args.Length == 3 ? ModelLocator.Find(args[1]) : null) // a folder, or a downloaded model's name
        .BuildServiceProvider();

    using (var clip = File.OpenRead(args[0]))
        Console.WriteLine((await services.GetRequiredService<ISpeechToTextClient>().GetTextAsync(clip)).Text);

    if (args.Length == 3)
    {
        var message = new ChatMessage(ChatRole.User, [new DataContent(await File.ReadAllBytesAsync(args[0]), "audio/wav"), new TextContent(args[2])]);
        await foreach (var update in services.GetRequiredService<IChatClient>().GetStreamingResponseAsync(message)) Console.Write(update.Text);
        Console.WriteLine();
    }

    return 0;
}
catch (Exception exception) // a file or a folder that cannot be used: the message says which and what is allowed
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
