using System.CommandLine;
using Qwen2Audio.Cli.Commands;

namespace Qwen2Audio.Cli;

/// <summary>The program <c>qwen2audio</c>.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        // The same output in every locale, from libraries too.
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        StandardStreams.Prepare();
        using var interruption = new Interruption();
        // A file name may begin with '@'; it is not a response file.
        var configuration = new ParserConfiguration { ResponseFileTokenReplacer = null };
        var parsed = Root.Create(args.FirstOrDefault()).Parse(args, configuration);
        if (UsageErrors.Of(parsed).Count > 0)
        {
            // a message may name an option of another command
            foreach (var error in UsageErrors.Of(Root.Create().Parse(args, configuration))) await Console.Error.WriteLineAsync($"qwen2audio: {TerminalText.Message(error)}");
            await Console.Error.WriteLineAsync(UsageErrors.Advice(parsed));
            return ExitCodes.Usage;
        }

        interruption.IsPatient = Root.FinishesFirst(parsed.CommandResult.Command);
        try
        {
            // Otherwise System.CommandLine ends the process two seconds after the first signal, in the middle of a step.
            return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interruption.Token);
        }
#pragma warning disable CA1031 // last handler: every failure becomes a message and an exit code
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Failure.Report(exception, parsed.CommandResult.Command.Options.OfType<Option<bool>>()
                .FirstOrDefault(option => option.Name == "--json") is { } json && parsed.GetValue(json));
        }
    }
}
