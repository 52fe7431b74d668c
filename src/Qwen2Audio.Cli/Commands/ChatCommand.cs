using System.CommandLine;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Chat;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command chat.</summary>
internal static class ChatCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Model();
        model.Description = "Folder of a Qwen2, Qwen2-MoE or Qwen2-Audio model, or its name in the download cache.";
        model.Required = true;
        var adapter = CommonOptions.Adapter();
        var audio = new Option<string[]>("--audio", "-a") { Description = "Audio files for the first turn, one or more; may be repeated.", HelpName = "FILE", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var prompt = new Option<string?>("--prompt", "-p") { Description = "Answer this one turn and exit. Without it, turns are read from standard input.", HelpName = "TEXT" };
        var system = new Option<string?>("--system") { Description = "System prompt.", HelpName = "TEXT" };
        var tokens = CommonOptions.Number("--max-tokens", $"Most tokens in an answer; by default from the model's generation_config.json, else {AnswerOptions.DefaultNewTokens}.", 1, 1_000_000);
        var temperature = CommonOptions.Number("--temperature", "Sample with this temperature (0.000001 or more); 0: always take the most probable token.", 0.0, 100.0);
        var topP = CommonOptions.Number("--top-p", "Sample from the smallest set of most probable tokens whose probabilities sum to this.", 1e-6, 1.0);
        var topK = CommonOptions.Number("--top-k", "Sample from this many of the most probable tokens; 0: all.", 0, 1_000_000);
        var minP = CommonOptions.Number("--min-p", "Sample only from tokens with at least this share of the largest probability.", 0.0, 1.0);
        var penalty = CommonOptions.Number("--repetition-penalty", "Penalise tokens that have already occurred; 1: off.", 1e-6, 100.0);
        var stop = new Option<string[]>("--stop") { Description = "Text that ends an answer; may be repeated.", HelpName = "TEXT", DefaultValueFactory = _ => [] };
        var seed = CommonOptions.Number("--seed", "The same seed gives the same answers.", 0, int.MaxValue, 0);
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var check = CommonOptions.CheckWeights();
        var template = CommonOptions.Template();
        var command = new Command("chat",
            """
            Talks with a published model. In a conversation, /audio FILE adds a clip to the next turn, /new starts a new conversation, /quit ends.
            Ctrl-C on a terminal ends the current answer, otherwise the program. An error in one turn does not end the conversation; when
            turns are piped in, the exit code is that of the first failure. Options not given default to the model's generation_config.json.

            Examples:
              qwen2audio chat --model Qwen/Qwen2-Audio-7B-Instruct
              qwen2audio chat --model Qwen/Qwen2-Audio-7B-Instruct --audio clip.wav --prompt "What do you hear?"
            """)
        {
            model, adapter, audio, prompt, system, tokens, temperature, topP, topK, minP, penalty, stop, seed, threads, json, check, template,
        };
        command.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(json) && parsed.GetValue(prompt) is null) throw new UsageException("--json needs --prompt.");
            var options = new AnswerOptions
            {
                MaxNewTokens = parsed.GetValue(tokens),
                Sample = parsed.GetValue(temperature) is { } t ? t > 0 : null,
                Temperature = parsed.GetValue(temperature) is > 0 and var warm ? warm : null,
                TopP = parsed.GetValue(topP),
                TopK = parsed.GetValue(topK),
                MinP = parsed.GetValue(minP),
                RepetitionPenalty = parsed.GetValue(penalty),
                StopStrings = parsed.GetValue(stop)!,
                Seed = (ulong)parsed.GetValue(seed),
            };
            var clips = parsed.GetValue(audio)!.Select(file => (file, AudioFile.Read(file))).ToList();
            using var chat = ChatModel.Load(CommonOptions.ModelFolder(parsed.GetValue(model)), new ModelLoadOptions
            {
                Threads = parsed.GetValue(threads),
                CheckWeights = parsed.GetValue(check) ? true : null,
                Adapter = CommonOptions.AdapterFolder(parsed.GetValue(adapter)),
            }, CommonOptions.Template(parsed.GetValue(template)));
            Warnings.Write(chat.Warnings);
            if (!(options.Sample ?? chat.Generation.DoSample))
                foreach (var option in new Option[] { topP, topK, minP, seed }.Where(option => ModelKindOptions.IsGiven(parsed, option)))
                    Warnings.Write($"{option.Name} has no effect: neither the model's generation_config.json nor --temperature turns sampling on, so the most probable token is always taken.");
            var conversation = new ChatSession(chat, options, parsed.GetValue(system));
            conversation.AddClips(clips);
            if (parsed.GetValue(prompt) is not { } question) return Task.FromResult(conversation.Talk(!Console.IsInputRedirected, cancellation));
            conversation.Ask(question, parsed.GetValue(json), cancellation);
            cancellation.ThrowIfCancellationRequested();
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }
}
