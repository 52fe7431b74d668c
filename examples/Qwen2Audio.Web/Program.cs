// A web service that transcribes what is posted to it. Requests share one model; one that its client gives up ends at once.
//   dotnet run --project examples/Qwen2Audio.Web
//   curl --data-binary @samples/date.wav http://localhost:5000/transcribe
using Microsoft.Extensions.AI;
using Qwen2Audio.Audio;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddQwen2Audio(
    builder.Configuration["model"], // --model FOLDER; the shipped model without it
    limits: new AudioReadOptions { MaxSeconds = 1800 });
var app = builder.Build();
app.Services.GetRequiredService<ISpeechToTextClient>(); // loads the model now, not with the first request

app.MapPost("/transcribe", async (HttpRequest request, ISpeechToTextClient client, CancellationToken cancellation) =>
{
    try
    {
        var transcription = await client.GetTextAsync(request.Body, cancellationToken: cancellation);
        return Results.Ok(new { transcription.Text, Warnings = transcription.AdditionalProperties?["warnings"] });
    }
    catch (AudioFormatException exception) // no usable audio: the message says what was found and what is allowed
    {
        return Results.Problem(exception.Message, statusCode: StatusCodes.Status415UnsupportedMediaType);
    }
});

app.Run();
